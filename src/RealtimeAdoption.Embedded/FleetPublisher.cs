using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

/// <summary>A lane's share of the fleet at one moment. Immutable once published.</summary>
/// <param name="Counts">Over the lane's partitions.</param>
/// <param name="FeedEnds">Of each of its partitions the number of the last change in its feed.</param>
/// <param name="News">Of the lane's latest changes what a wall tells.</param>
/// <param name="LastInputAtMs">Receipt of the last record that was not a tick; null: none yet.</param>
/// <param name="Day">The latest day that one of its partitions is on.</param>
/// <param name="SettledDay">The earliest day whose tick one of its partitions has worked through.</param>
internal sealed record LanePart(FleetCounts Counts, IReadOnlyList<(int Partition, long Sequence)> FeedEnds, FleetNews News, long? LastInputAtMs, int Day, int SettledDay);

/// <summary>The fleet, merged from what each lane has last published; wakes those who wait for news. Thread-safe.</summary>
/// <param name="model">The one in force, in whose ids the merged counts are.</param>
/// <param name="activation">What is under way.</param>
/// <param name="lanes">Number of them.</param>
/// <param name="partitions">Of all lanes.</param>
internal sealed class FleetPublisher(Func<CompiledModel> model, Func<ActivationStatus?> activation, int lanes, int partitions)
{
    private readonly Lock gate = new();
    private readonly LanePart?[] parts = new LanePart?[lanes];
    private long version;
    private FleetState? merged;
    private TaskCompletionSource changed = New();

    public void Publish(int lane, LanePart part) => Tell(() => parts[lane] = part);

    /// <summary>Something that is merged in has changed.</summary>
    public void Touch() => Tell(static () => { });

    private void Tell(Action change)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            change();
            version++;
            told = changed;
            changed = New();
        }

        told.SetResult();
    }

    public Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken)
    {
        lock (gate) return version != sinceVersion ? Task.CompletedTask : changed.Task.WaitAsync(cancellationToken);
    }

    public int Rebuilding
    {
        get
        {
            lock (gate) return parts.Sum(part => part?.Counts.Rebuilding ?? 0);
        }
    }

    public FleetState Read()
    {
        lock (gate)
        {
            if (merged?.Version != version) merged = Merge();
            return merged;
        }
    }

    private FleetState Merge()
    {
        var counts = new FleetCounts(model());
        var feedEnds = new long[partitions];
        long? lastInput = null;
        var (day, settled) = (0, int.MaxValue);
        foreach (var part in parts)
        {
            if (part is null) continue;
            settled = Math.Min(settled, part.SettledDay);
            counts.Add(part.Counts);
            foreach (var (partition, sequence) in part.FeedEnds) feedEnds[partition] = sequence;
            if (part.LastInputAtMs is { } at && !(lastInput >= at)) lastInput = at;
            day = Math.Max(day, part.Day);
        }

        var news = FleetNews.Merge([.. parts.Where(part => part is not null).Select(part => part!.News)]);
        return new FleetState(version, counts, feedEnds, lastInput, Days.ToDate(day)) { News = news, Activation = activation(), SettledDay = Days.ToDate(Math.Min(day, settled)) };
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
