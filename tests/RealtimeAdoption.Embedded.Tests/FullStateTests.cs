using System.Diagnostics;
using RealtimeAdoption.Engine.Intake;
using static RealtimeAdoption.Embedded.Tests.Rig;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>Where checkpoints cannot be stored, what waits for one is bounded: the host says so, refuses, and goes on by itself.</summary>
public sealed class FullStateTests
{
    private const int BatchesMost = 20_000;

    [Fact]
    public async Task While_no_checkpoint_can_be_stored_batches_are_refused_before_memory_grows_and_taken_again_by_themselves()
    {
        var rig = InMemory();
        rig.Options.CheckpointSeconds = 1;
        rig.Options.UnpersistedBytesMax = 4 << 20;
        rig.Snapshots.Failures = int.MaxValue;
        await rig.StartAsync();
        var accepted = 0;
        IntakeAnswer? refused = null;
        for (; refused is null && accepted < BatchesMost; accepted++)
        {
            using var batch = rig.Batch(Crm($"account-{accepted}"));
            var answer = await rig.Host.AppendAsync(batch, default);
            if (answer.Status == IntakeStatus.Done) continue;
            refused = answer;
            break;
        }

        Assert.Equal((IntakeStatus.Unavailable, TimeSpan.FromSeconds(1)), (refused!.Value.Status, refused.Value.RetryAfter));
        Assert.InRange(accepted, 100, BatchesMost - 1);
        using (var patience = new CancellationTokenSource(Patience))
        {
            while (!rig.Host.Status.Detail.StartsWith("Checkpoints cannot be stored since", StringComparison.Ordinal)) await Task.Delay(20, patience.Token);
        }

        Assert.True(rig.Host.Status.Ready);
        Assert.Contains("The test wants this checkpoint to fail.", rig.Host.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(25, await rig.ContactsAsync("account-0"));

        rig.Snapshots.Failures = 0;
        var began = Stopwatch.GetTimestamp();
        while ((await rig.TrySendAsync(Crm("later"))).Status != IntakeStatus.Done) Assert.True(Stopwatch.GetElapsedTime(began) < Patience, rig.Host.Status.Detail);
        using (var patience = new CancellationTokenSource(Patience))
        {
            while (rig.Host.Status.Detail != "Ready.") await Task.Delay(20, patience.Token);
        }

        await rig.RestartAsync();
        for (var i = 0; i < accepted; i++) Assert.Equal(25, await rig.ContactsAsync($"account-{i}"));
        Assert.Equal(25, await rig.ContactsAsync("later"));
        Assert.Null(await rig.ContactsAsync($"account-{accepted}"));
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_store_that_takes_no_checkpoint()
    {
        var rig = InMemory();
        rig.Snapshots.Failures = int.MaxValue;
        await rig.StartAsync();
        await rig.SendAsync(Crm("acme"));
        var began = Stopwatch.GetTimestamp();

        await rig.StopAsync();

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(rig.Options.StopSecondsMax / 2), "The stop waited.");
        await rig.StartAsync();
        Assert.Equal(25, await rig.ContactsAsync("acme"));
        rig.Snapshots.Failures = 0;
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_is_taken_over_tells_those_who_run_it()
    {
        await using var rig = await InMemory().StartAsync();
        rig.Journal.IsTakenOver = true;
        await rig.TrySendAsync([Event("m1", "acme")]);

        var failure = await rig.Host.Failed.WaitAsync(Patience);

        Assert.Equal((true, "The test has taken it over."), (failure.IsTakenOver, failure.Reason));
        rig.Journal.IsTakenOver = false;
    }
}
