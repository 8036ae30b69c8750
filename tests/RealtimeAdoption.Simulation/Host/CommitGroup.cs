using RealtimeAdoption.Simulation.Callers;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Simulation.Host;

/// <summary>What is committed together, and who waits for it.</summary>
/// <param name="generation">Of the host's append side: a failed commit begins another one.</param>
internal sealed class CommitGroup(int generation)
{
    public int Generation => generation;

    public List<Segment> Segments { get; } = [];

    public List<Ticket> Tickets { get; } = [];
}
