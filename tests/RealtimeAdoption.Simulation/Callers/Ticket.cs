using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Simulation.Callers;

/// <summary>One message in one delivery of its request.</summary>
/// <param name="Send">As it was sent this time.</param>
/// <param name="Draft">The same as the door hands it on.</param>
internal sealed record Attempt(Send Send, byte[] Draft);

/// <summary>What became of an attempt in its partition.</summary>
/// <param name="Attempt">The message.</param>
/// <param name="Outcome">As the partition told it.</param>
/// <param name="Partition">0 and up.</param>
/// <param name="Position">Where the partition's append side was then: where it lies, if it was accepted.</param>
/// <param name="ReceivedAtMs">By the host's clock.</param>
internal readonly record struct Judged(Attempt Attempt, IntakeOutcome Outcome, int Partition, long Position, long ReceivedAtMs);

/// <summary>One delivery of a request, on its way through the host.</summary>
internal sealed class Ticket(Request request, IReadOnlyList<Attempt> attempts)
{
    public Request Request => request;

    public IReadOnlyList<Attempt> Attempts => attempts;

    /// <summary>Filled by the host.</summary>
    public List<Judged> Judged { get; } = [];
}

/// <summary>Messages that a caller sends together, and again whole until it has an answer.</summary>
internal sealed class Request(IReadOnlyList<Send> sends)
{
    /// <summary>As planned: each with the instant at which it should have reached us.</summary>
    public IReadOnlyList<Send> Sends => sends;

    public bool IsAnswered { get; set; }

    /// <summary>Deliveries so far.</summary>
    public int Deliveries { get; set; }
}
