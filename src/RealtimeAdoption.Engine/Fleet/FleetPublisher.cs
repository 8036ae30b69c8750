using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>The fleet, merged from what the owner of each share has last published; wakes those who wait for news. A share replaces the one before it, so nothing is counted twice. Thread-safe.</summary>
/// <param name="model">The one in force, in whose ids the merged counts are.</param>
/// <param name="activation">What is under way.</param>
/// <param name="owners">Of shares: lanes, or partitions.</param>
/// <param name="partitions">Of all shares.</param>
public sealed class FleetPublisher(Func<CompiledModel> model, Func<ActivationStatus?> activation, int owners, int partitions)
{
    private readonly ChangeSignal signal = new();
    private readonly FleetShare?[] shares = new FleetShare?[owners];
    private FleetState? merged;

    public void Publish(int owner, FleetShare share) => signal.Tell(() => shares[owner] = share);

    /// <summary>Something that is merged in has changed.</summary>
    public void Touch() => signal.Tell(static () => { });

    /// <summary>Completes when the fleet has changed since the given version.</summary>
    public Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken) => signal.ChangedAsync(sinceVersion, cancellationToken);

    /// <summary>Accounts marked for rebuild.</summary>
    public int Rebuilding => signal.Under(_ => shares.Sum(share => share?.Counts.Rebuilding ?? 0));

    /// <summary>The fleet now; the same object until something changes.</summary>
    public FleetState Read() => signal.Under(version => merged?.Version == version ? merged : merged = Merge(version));

    private FleetState Merge(long version)
    {
        var counts = new FleetCounts(model());
        var feedEnds = new long[partitions];
        long? lastInput = null;
        var (day, settled) = (0, int.MaxValue);
        long?[] applied = shares.Any(share => share?.Applied is not null) ? new long?[partitions] : [];
        foreach (var share in shares)
        {
            if (share is null) continue;
            settled = Math.Min(settled, share.SettledDay);
            counts.Add(share.Counts);
            foreach (var (partition, sequence) in share.FeedEnds) feedEnds[partition] = sequence;
            if (share.Applied is { } position) applied[share.FeedEnds[0].Partition] = position;
            if (share.LastInputAtMs is { } at && !(lastInput >= at)) lastInput = at;
            day = Math.Max(day, share.Day);
        }

        var news = FleetNews.Merge([.. shares.OfType<FleetShare>().Select(share => share.News)]);
        return new FleetState(version, counts, feedEnds, lastInput, Days.ToDate(day)) { News = news, Activation = activation(), SettledDay = Days.ToDate(Math.Min(day, settled)), Applied = applied };
    }
}
