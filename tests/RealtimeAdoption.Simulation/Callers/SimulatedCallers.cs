using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Host;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Simulation.Callers;

/// <summary>
/// Everybody who sends: SDKs, imports, the CRM's profiles, people who act on alerts. A request is delivered late, twice or in another's turn, and again, whole and with the same ids, until it is answered.
/// </summary>
internal sealed class SimulatedCallers
{
    private const int RequestMax = 12;
    private const long MinuteMs = 60_000;

    private readonly FaultSchedule faults;
    private readonly Dice dice;
    private readonly SimulatedClock clock;
    private readonly ulong idSeed;
    private readonly PriorityQueue<Request, (long AtMs, int Order)> due = new();
    private int order;
    private int unanswered;

    public SimulatedCallers(FaultSchedule faults, Dice dice, SimulatedClock clock, ulong idSeed, Ledger ledger, IReadOnlyList<Send> sends)
    {
        this.faults = faults;
        this.dice = dice;
        this.clock = clock;
        this.idSeed = idSeed;
        ledger.Ended = Hear;
        for (var i = 0; i < sends.Count;)
        {
            var batch = new List<Send> { sends[i++] };
            while (i < sends.Count && batch.Count < RequestMax && dice.Chance(0.6)) batch.Add(sends[i++]);
            Plan(new Request(batch), batch[^1].ReceivedAtMs, i < sends.Count ? sends[i].ReceivedAtMs : null);
        }
    }

    /// <summary>Deliveries are still to come.</summary>
    public bool HasDue => due.Count > 0;

    /// <summary>Requests whose callers have no answer yet.</summary>
    public int Unanswered => unanswered;

    /// <summary>When the next delivery is due.</summary>
    public long NextAtMs => due.TryPeek(out _, out var at) ? at.AtMs : long.MaxValue;

    /// <summary>The next delivery reaches the host, or finds none (null).</summary>
    public void Deliver(SimulatedHost? host)
    {
        var request = due.Dequeue();
        if (request is { IsAnswered: true, Deliveries: > 0 } && !dice.Chance(0.5)) return;
        // Whose clock a message corrects must not differ between two deliveries of it: then it would be another event.
        if (request.Sends.Any(send => send.SentAtMs is not null)) clock.SetRight();
        if (request.Deliveries++ > 0) faults.Tally.Count(FaultKind.RequestRetried);
        var ticket = new Ticket(request, [.. request.Sends.Select(Attempt)]);
        if (host is null) Hear(ticket, isDone: false);
        else host.Append(ticket);
    }

    /// <summary>A person does something to one of the alerts that are live now.</summary>
    public void Act(SimulatedHost host)
    {
        var live = host.Partitions.Where(partition => partition.Counts is not null)
            .SelectMany(partition => partition.Alerts(new Engine.Alerts.AlertQuery { Limit = 50 }))
            .ToList();
        if (live.Count == 0 || !faults.Fires(FaultKind.AlertAction)) return;
        var alert = dice.OneOf(live);
        var verb = dice.Of("acknowledge", "snooze", "snooze", "assign", "resolve");
        int? days = verb == "snooze" && dice.Chance(0.7) ? dice.Of(1, 2, 7, dice.Between(1, 40), 0) : null;
        var person = new PersonStep(clock.NowMs, dice.Between(0, 1000), verb, days, verb == "snooze" && (days is null || dice.Chance(0.4)));
        Plan(new Request([person.On(alert.Account.Account, ReferenceAlerts.NameOf(alert.Alert.Type), alert.Alert.Subject)]), clock.NowMs, null);
    }

    private void Plan(Request request, long atMs, long? nextAtMs)
    {
        unanswered++;
        if (faults.Fires(FaultKind.RequestDelayed)) atMs += dice.Of(dice.Between(1, 60 * MinuteMs), dice.Between(1, 9 * Days.MsPerDay));
        else if (nextAtMs is { } next && faults.Fires(FaultKind.RequestReordered)) atMs = next + 1;
        due.Enqueue(request, (atMs, order++));
        if (faults.Fires(FaultKind.RequestDuplicated)) due.Enqueue(request, (atMs + dice.Of(0, dice.Between(0, MinuteMs), dice.Between(0, 3 * Days.MsPerDay)), order++));
    }

    private Attempt Attempt(Send send)
    {
        if (send.Import) faults.Tally.Count(FaultKind.HistoricImport);
        if (send.Kind is RecordKind.Profile or RecordKind.Traits) faults.Tally.Count(FaultKind.ProfileSent);
        if (send.Kind == RecordKind.Override) faults.Tally.Count(FaultKind.PinSet);
        // The sender's clock goes on between two deliveries as ours does.
        var now = send with { ReceivedAtMs = clock.NowMs, SentAtMs = send.SentAtMs + (clock.NowMs - send.ReceivedAtMs) };
        using var buffer = new RecordBuffer();
        SendDraft.Write(buffer, now, idSeed);
        return new Attempt(now, buffer.Written.ToArray());
    }

    private void Hear(Ticket ticket, bool isDone)
    {
        foreach (var judged in ticket.Judged)
            if (isDone && judged.Outcome == IntakeOutcome.Conflict) faults.Tally.Count(FaultKind.ConflictingPayload);
        if (ticket.Request.IsAnswered) return;
        if (isDone && !faults.Fires(FaultKind.ReplyLost))
        {
            ticket.Request.IsAnswered = true;
            unanswered--;
            return;
        }

        due.Enqueue(ticket.Request, (clock.NowMs + dice.Of(dice.Between(1000, MinuteMs), dice.Between(MinuteMs, 60 * MinuteMs), dice.Between(MinuteMs, Days.MsPerDay)), order++));
    }
}
