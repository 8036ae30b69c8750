using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

/// <summary>A store that no host has open. Its partitions are recovered as a start would, one at a time, and nothing is appended.</summary>
public static class StoppedStore
{
    /// <summary>Compares what a start would make of the store with what the journal alone gives, and checks every sum.</summary>
    /// <exception cref="JournalException">The store cannot be opened, or another process holds it.</exception>
    /// <exception cref="OperationCanceledException">A model's activation is under way in it: only the host can end that.</exception>
    public static async Task<VerifyReport> VerifyAsync(
        PartitionOptions options, IJournal journal, ISnapshots snapshots, Func<string, CompiledModel> readModel, ILogger logger, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(snapshots);
        var identity = await journal.OpenAsync(1, cancellationToken);
        await snapshots.OpenAsync(cancellationToken);
        var heads = await journal.HeadsAsync(cancellationToken);
        var store = StableHash.Combine(identity.IdSeed, (ulong)identity.Partitions);
        Partition? open = null;
        try
        {
            var live = new VerifyRun.Live(
                (index, question) =>
                {
                    question(Recovered(index));
                    return Task.CompletedTask;
                },
                FeedAsync);
            return await new VerifyRun(journal, snapshots, store, options, readModel, live, heads, progress).RunAsync(cancellationToken);
        }
        finally
        {
            open?.Dispose();
        }

        Partition Recovered(int index)
        {
            if (open?.Index == index) return open;
            open?.Dispose();
            try
            {
                return open = RecoveredIn(IdRoom.Nowhere, index);
            }
            catch (IdsNeededException)
            {
                return open = RecoveredIn(new IdRoom(IdRoom.DefaultBytes, new MemoryScratch()), index);
            }
        }

        Partition RecoveredIn(IdRoom room, int index)
        {
            var recovery = new PartitionRecovery(journal, snapshots, store, options, readModel, _ => room, new UserDirectory(), logger);
            return recovery.RunAsync(index, heads[index], cancellationToken).GetAwaiter().GetResult().Slot.Partition;
        }

        Task<IReadOnlyList<StoredChange>> FeedAsync(int index, long after, int limit) =>
            FleetAnswers.FeedAsync(Recovered(index).UnpersistedFeed(after, limit), snapshots, index, after, limit, cancellationToken).AsTask();
    }
}
