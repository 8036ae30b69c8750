using System.Diagnostics.CodeAnalysis;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>Previews and verifications that this silo was asked for, one of each at a time: partition after partition does its part where it lives, and here the parts are added up. Thread-safe.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="grains">Of the silo.</param>
/// <param name="movesMax">Accounts that a preview lists.</param>
/// <param name="stopping">Ends them.</param>
internal sealed class ClusterWorks(SiloHouse house, IGrainFactory grains, int movesMax, CancellationToken stopping)
{
    private const int LookMs = 50;

    private readonly Lock gate = new();
    private Task preview = Task.CompletedTask;
    private Task verification = Task.CompletedTask;

    /// <summary>False: there is a reason.</summary>
    public bool TryPreview(
        string text, CompiledModel next, IProgress<ModelProgress>? progress, CancellationToken cancellationToken, [NotNullWhen(true)] out Task<ModelPreview>? begun, out string refusal)
    {
        lock (gate)
        {
            refusal = house.InForce.Activation is { } activation ? $"Model {activation.Model} is being activated; preview when that is done."
                : preview.IsCompleted ? "" : "Another preview is running; there is one at a time.";
            begun = null;
            if (refusal.Length > 0) return false;
            begun = Task.Run(() => PreviewAsync(text, next, progress, cancellationToken), CancellationToken.None);
            preview = begun;
            return true;
        }
    }

    /// <summary>False: there is a reason.</summary>
    public bool TryVerify(IProgress<ModelProgress>? progress, CancellationToken cancellationToken, [NotNullWhen(true)] out Task<VerifyReport>? begun, out string refusal)
    {
        lock (gate)
        {
            refusal = house.InForce.Activation is { } activation ? $"Model {activation.Model} is being activated; verify when that is done."
                : verification.IsCompleted ? "" : "Another verification is running; there is one at a time.";
            begun = null;
            if (refusal.Length > 0) return false;
            begun = Task.Run(() => VerifyAsync(progress, cancellationToken), CancellationToken.None);
            verification = begun;
            return true;
        }
    }

    /// <summary>After the stop.</summary>
    public async Task EndAsync()
    {
        Task all;
        lock (gate) all = Task.WhenAll(preview, verification);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ModelPreview> PreviewAsync(string text, CompiledModel next, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        var tally = new PreviewTally(house.InForce.Model, next, house.Identity.Partitions, movesMax);
        await RunAsync((grain, run) => grain.Preview(run, text, movesMax), form => tally.Add(PageForm.Read<ModelPreview>(form)), progress, cancellationToken);
        return tally.ToPreview();
    }

    private async Task<VerifyReport> VerifyAsync(IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        var tally = new VerifyTally(house.Identity.Partitions);
        await RunAsync((grain, run) => grain.Verify(run), form => tally.Add(PageForm.Read<VerifyReport>(form)), progress, cancellationToken);
        return tally.ToReport();
    }

    private async Task RunAsync(Func<IPartitionGrain, Guid, Task<PartitionWork>> ask, Action<byte[]> take, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        var run = Guid.NewGuid();
        var inAll = (await house.Heads.NowAsync()).Sum();
        var read = 0L;
        for (var partition = 0; partition < house.Identity.Partitions; partition++)
        {
            var grain = grains.GetGrain<IPartitionGrain>(partition);
            try
            {
                PartitionWork work;
                while ((work = await Patience.AskAsync(() => ask(grain, run), end.Token)).Form is null)
                {
                    if (work.IsCanceled) throw new OperationCanceledException($"Partition {partition} changes its model.");
                    if (work.Failure is not null) throw new JournalException(work.Failure);
                    Report(partition, read + work.Records);
                    await Task.Delay(LookMs, end.Token);
                }

                take(work.Form);
                read += work.Records;
                Report(partition + 1, read);
            }
            finally
            {
                grain.EndWork(run).Ignore();
            }
        }

        void Report(int done, long records) => progress?.Report(new ModelProgress(done, house.Identity.Partitions, records, Math.Max(records, inAll)));
    }
}
