using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Users;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>
/// Finds every partition when its silo starts, and learns its users. One that is damaged is passed over, and found once it has been mended: the silo serves without it, and says of none of its users that they have no account. Thread-safe.
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="grains">Of the silo.</param>
/// <param name="here">The silo's address.</param>
internal sealed class FoundPartitions(SiloHouse house, IGrainFactory grains, string here)
{
    private const int UsersAtOnce = 10_000;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, string> missing = new();

    /// <summary>For the operator; null: all are found.</summary>
    public string? Damage
    {
        get
        {
            if (missing.IsEmpty) return null;
            var all = missing.OrderBy(one => one.Key).ToList();
            return all.Count == 0 ? null : $"{all[0].Value} Its users are not known to this silo{(all.Count > 1 ? $", nor those of {all.Count - 1} more that are damaged" : "")}.";
        }
    }

    /// <summary>Who is in no directory here was never grouped.</summary>
    public bool KnowsAllBeside(ReadOnlySpan<byte> user) => missing.IsEmpty || !missing.ContainsKey(Partitioning.Of(StableHash.Of(user), house.Identity.Partitions));

    /// <summary>Completes when each has a model and is on the clock's day, or is known to be damaged.</summary>
    /// <exception cref="JournalDamagedException">All of them are.</exception>
    public async Task FindAsync(CancellationToken cancellationToken)
    {
        missing.Clear();
        await Task.WhenAll(Enumerable.Range(0, house.Identity.Partitions).Select(partition => TryAsync(partition, OpenDayAsync, cancellationToken)));
        if (missing.Count == house.Identity.Partitions) throw new JournalDamagedException(missing[0]);
    }

    /// <summary>Completes when the users of all that were found are known here.</summary>
    public Task LearnUsersAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, house.Identity.Partitions).Where(partition => !missing.ContainsKey(partition)).Select(partition => TryAsync(partition, LearnUsersAsync, cancellationToken)));

    /// <summary>Completes when those that were damaged have been found too.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (!missing.IsEmpty)
        {
            await Task.Delay(Again, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested) return;
            await Task.WhenAll(missing.Keys.Select(partition => TryAgainAsync(partition, cancellationToken)));
        }
    }

    private async Task TryAsync(int partition, Func<int, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(partition, cancellationToken);
        }
        catch (JournalDamagedException error)
        {
            missing[partition] = error.Message;
        }
    }

    private async Task TryAgainAsync(int partition, CancellationToken cancellationToken)
    {
        try
        {
            await OpenDayAsync(partition, cancellationToken);
            await LearnUsersAsync(partition, cancellationToken);
            missing.TryRemove(partition, out _);
            house.Logger.LogInformation("Partition {Partition}, which was damaged when this silo started, has an owner, and its users are known here", partition);
        }
        catch (Exception error)
        {
            // It is damaged still, or is just being read.
            if (!cancellationToken.IsCancellationRequested) house.Logger.LogDebug("Partition {Partition}, which was damaged, is not found: {Reason}", partition, error.Message);
        }
    }

    private async Task OpenDayAsync(int partition, CancellationToken cancellationToken)
    {
        var place = await Patience.AskAsync(() => Partition(partition).OpenDay(), cancellationToken);
        // The store may have refused its door: it has no model then.
        if (place.Applied == 0) throw new HostUnavailableException($"Partition {partition} could not be given its first records.");
    }

    private Task LearnUsersAsync(int partition, CancellationToken cancellationToken) =>
        DirectoryPages.ReadAsync(from => Patience.AskAsync(() => Partition(partition).Users(here, from, UsersAtOnce), cancellationToken), house.Directory.Learn);

    private IPartitionGrain Partition(int index) => grains.GetGrain<IPartitionGrain>(index);
}
