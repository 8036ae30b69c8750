using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// One walk over a partition's history that recomputes some of its accounts. Independent of the partition: fed and computed on any one thread.
/// </summary>
public sealed class RebuildPass
{
    /// <summary>The history to feed ends here (inclusive).</summary>
    public long Until { get; }

    /// <summary>What is rebuilt ends here (inclusive).</summary>
    public long Through { get; }

    public int Partition { get; }

    /// <summary>Belongs to a replay: what came after <see cref="Through"/> is read from the history too.</summary>
    public bool OfReplay { get; }

    /// <summary>Takes the next segment, in order; records beyond <see cref="Until"/> are left.</summary>
    public void Take(Segment segment) => throw new NotImplementedException();

    /// <summary>After the last segment: recomputes the accounts.</summary>
    public void Compute() => throw new NotImplementedException();
}
