using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// What one lane hands to the committer at one time: segments of its partitions, and the batches that are answered when they are applied. The batches
/// are the lane's alone.
/// </summary>
internal sealed class CommitGroup(Lane lane, int generation)
{
    public Lane Lane => lane;

    /// <summary>Groups of a generation before a failed commit are dropped.</summary>
    public int Generation => generation;

    public List<Segment> Segments { get; } = [];

    public List<IntakeTicket> Tickets { get; } = [];
}
