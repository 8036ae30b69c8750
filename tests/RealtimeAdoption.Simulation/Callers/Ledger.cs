using RealtimeAdoption.Engine.Intake;

namespace RealtimeAdoption.Simulation.Callers;

/// <summary>What was sent, where it was appended, and who was told what: the callers' side of every promise. It outlives the host.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<(int Partition, long Position), Attempt> appended = [];
    private readonly List<Judged> acknowledged = [];

    /// <summary>Everything that was answered as accepted, known or refused for what it says.</summary>
    public IReadOnlyList<Judged> Acknowledged => acknowledged;

    /// <summary>A delivery has come to its end: answered (true), refused or never answered.</summary>
    public Action<Ticket, bool> Ended { get; set; } = static (_, _) => { };

    /// <summary>What was appended last at a position: what is durable there, if anything is.</summary>
    public Attempt? At(int partition, long position) => appended.GetValueOrDefault((partition, position));

    public void Appended(int partition, long position, Attempt attempt) => appended[(partition, position)] = attempt;

    /// <summary>The host says 200: from here on it must be true.</summary>
    public void Answered(Ticket ticket)
    {
        acknowledged.AddRange(ticket.Judged);
        Ended(ticket, true);
    }

    /// <summary>The host says 503.</summary>
    public void Refused(Ticket ticket) => Ended(ticket, false);

    /// <summary>The connection broke.</summary>
    public void Unknown(Ticket ticket) => Ended(ticket, false);

    public int Count(IntakeOutcome outcome) => acknowledged.Count(judged => judged.Outcome == outcome);
}
