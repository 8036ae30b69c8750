using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Contracts;
using static RealtimeAdoption.Embedded.Tests.Rig;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>The contract of scratch, in a file.</summary>
public sealed class ScratchFileTests : IdScratchContract, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adoption-scratch-").FullName;

    [Fact]
    public void Nothing_is_left_behind_and_what_a_crash_left_is_removed()
    {
        var left = Path.Combine(folder, "adoption-ids-1-0-left.scratch");
        File.WriteAllText(left, "");

        Assert.Null(ScratchFile.Check(folder));
        using var scratch = Make();
        scratch.Write(0, new byte[IIdScratch.BlockBytes]);

        Assert.False(File.Exists(left));
        if (!OperatingSystem.IsWindows()) Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void A_folder_that_is_none_is_told_of()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");

        Assert.NotNull(ScratchFile.Check(file));
        using var scratch = new ScratchFile(file, 0);
        Assert.Throws<IOException>(() => scratch.Write(0, new byte[IIdScratch.BlockBytes]));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    protected override IIdScratch Make() => new ScratchFile(folder, 0);
}

/// <summary>More ids than memory may hold.</summary>
public sealed class ScratchTests
{
    private const int BatchSize = 5_000;

    [Fact]
    public async Task Ids_beyond_the_bound_are_known_from_scratch_also_after_a_restart()
    {
        using var scratch = new ScratchFolder();
        await using var rig = InMemory();
        (rig.Options.Partitions, rig.Options.IdBytesMax, rig.Options.IdScratchPath) = (1, 1 << 20, scratch.Path);
        await rig.StartAsync();
        for (var batch = 0; batch < 12; batch++) Assert.All(await rig.SendAsync(Batch(batch)), outcome => Assert.Equal(IntakeOutcome.Accepted, outcome));
        Assert.True(Directory.Exists(scratch.Path), "Nothing went into scratch.");

        for (var batch = 0; batch < 12; batch += 3) Assert.All(await rig.SendAsync(Batch(batch)), outcome => Assert.Equal(IntakeOutcome.Duplicate, outcome));
        await rig.RestartAsync();

        for (var batch = 0; batch < 12; batch++) Assert.All(await rig.SendAsync(Batch(batch)), outcome => Assert.Equal(IntakeOutcome.Duplicate, outcome));
        Assert.Equal("Ready.", rig.Host.Status.Detail);
    }

    [Fact]
    public async Task Without_scratch_nothing_more_is_taken_once_memory_is_full_and_all_goes_on_when_there_is()
    {
        using var scratch = new ScratchFolder();
        await using var rig = InMemory();
        (rig.Options.Partitions, rig.Options.IdBytesMax, rig.Options.IdScratchPath) = (1, 1 << 20, scratch.Path);
        await File.WriteAllTextAsync(scratch.Path, "A file where the folder should be.");
        await rig.StartAsync();
        var sent = 0;
        while ((await rig.TrySendAsync(Batch(sent))).Status == IntakeStatus.Done)
        {
            Assert.True(++sent < 200, "It takes ids without end.");
            rig.Host.Pulse();
        }

        Assert.Contains("There is no room for more message ids.", rig.Host.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("Host:IdScratchPath", rig.Host.Status.Detail, StringComparison.Ordinal);
        File.Delete(scratch.Path);
        using var patience = new CancellationTokenSource(Patience);
        while (rig.Host.Status.Detail != "Ready.")
        {
            rig.Host.Pulse();
            // An answer that comes after the pulse.
            await rig.Host.AccountAsync("account-1", false, patience.Token).AsTask().WaitAsync(patience.Token);
        }

        for (var batch = 0; batch < sent; batch++) Assert.All(await rig.SendAsync(Batch(batch)), outcome => Assert.Equal(IntakeOutcome.Duplicate, outcome));
        Assert.All(await rig.SendAsync(Batch(sent)), outcome => Assert.Equal(IntakeOutcome.Accepted, outcome));
    }

    private static TestKit.Reference.Send[] Batch(int number) => [.. Enumerable.Range(0, BatchSize).Select(i => Event($"m{number}-{i}", $"account-{i % 50}"))];

    private sealed class ScratchFolder : IDisposable
    {
        private readonly string parent = Directory.CreateTempSubdirectory("adoption-scratch-").FullName;

        public string Path => System.IO.Path.Combine(parent, "scratch");

        public void Dispose() => Directory.Delete(parent, recursive: true);
    }
}
