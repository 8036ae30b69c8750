using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// The shares of all partitions, from owners that come and go, put together to the fleet. A partition's share replaces the one before it, whoever sent that: however it moves, its accounts are counted once. Of a partition that nothing is
/// heard of any more the last share stays. Thread-safe.
/// </summary>
public sealed class PartitionShares
{
    private readonly Lock gate = new();
    private readonly PartitionShare?[] shares;
    private readonly FleetPublisher publisher;
    private volatile CompiledModel model;
    private int missing;

    /// <param name="partitions">Of the store.</param>
    /// <param name="modelIfNone">As long as no partition has one.</param>
    /// <param name="activation">What is under way.</param>
    public PartitionShares(int partitions, CompiledModel modelIfNone, Func<ActivationStatus?> activation)
    {
        shares = new PartitionShare?[partitions];
        missing = partitions;
        model = modelIfNone;
        publisher = new FleetPublisher(() => model, activation, partitions, partitions);
    }

    /// <summary>Every partition has told its share: the fleet is whole.</summary>
    public bool IsComplete => Volatile.Read(ref missing) == 0;

    /// <summary>False: a newer one is here, and nothing is taken.</summary>
    /// <param name="share">Its news may be only those that came since the one before.</param>
    /// <param name="hasMoved">The one before was of another owner: its counters of news do not go on from there.</param>
    public bool Take(PartitionShare share, out bool hasMoved)
    {
        ArgumentNullException.ThrowIfNull(share);
        hasMoved = false;
        lock (gate)
        {
            var before = shares[share.Partition];
            if (!share.IsAfter(before)) return false;
            if (before is null) missing--;
            else
            {
                hasMoved = before.Epoch != share.Epoch;
                share = share with { Share = share.Share with { News = FleetNews.Join(before.Share.News, share.Share.News) } };
            }

            shares[share.Partition] = share;
            // The model before, until the last partition has swapped.
            if (shares.Where(one => one is { Model: not 0 }).MinBy(one => one!.Generation) is { } oldest) model = oldest.Share.Counts.Model;
            publisher.Publish(share.Partition, share.Share);
        }

        return true;
    }

    /// <summary>As it was taken last; null: never.</summary>
    public PartitionShare? Of(int partition)
    {
        lock (gate) return shares[partition];
    }

    /// <summary>Hash of the text of a model that was taken with some partition, and that partition; 0 and -1: with none.</summary>
    public (ulong Model, int Partition) NameOf(CompiledModel of)
    {
        lock (gate)
        {
            return shares.FirstOrDefault(share => share is { Model: not 0 } && ReferenceEquals(share.Share.Counts.Model, of)) is { } found ? (found.Model, found.Partition) : (0, -1);
        }
    }

    /// <summary>The activation has changed.</summary>
    public void Touch() => publisher.Touch();

    /// <summary>The fleet now; the same object until something changes.</summary>
    public FleetState Read() => publisher.Read();

    /// <summary>Completes when the fleet has changed since the given version.</summary>
    public Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken) => publisher.ChangedAsync(sinceVersion, cancellationToken);
}
