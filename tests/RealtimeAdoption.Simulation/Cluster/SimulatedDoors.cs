using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>Doors in several processes, each with a clock of its own, that append what comes to them to whichever partition it is of.</summary>
internal sealed class SimulatedDoors(SharedJournal journal, ClusterWeather weather, Dice dice, SimulatedClock clock, string firstModel, ulong idSeed)
{
    private const int Doors = 3;
    private readonly long[] skewMs = [.. Enumerable.Range(0, Doors).Select(_ => dice.Of(0, dice.Between(-2_000L, 2_000L)))];

    /// <summary>One request, at one of the doors.</summary>
    public void Deliver(IReadOnlyList<Send> request)
    {
        var door = dice.Between(0, Doors - 1);
        var attempts = request.Select(AsOfNow).Select(send => (Send: send, Draft: Draft(send))).ToList();
        foreach (var group in attempts.GroupBy(attempt => Partitioning.Of(new Record(attempt.Draft), journal.Partitions))) Append(group.Key, [.. group], clock.NowMs + skewMs[door]);
    }

    /// <summary>The day is opened where nobody has sent anything.</summary>
    public void OpenDay()
    {
        for (var partition = 0; partition < journal.Partitions; partition++) Append(partition, [], clock.NowMs);
    }

    private void Append(int partition, List<(Send Send, byte[] Draft)> attempts, long nowMs)
    {
        using var writer = new DoorWriter(partition, new ModelWish(firstModel, 0, ""));
        var head = journal.Head(partition);
        if (head.Position > 1 && weather.Fires(ClusterFault.HeadStale)) head = new DoorHead(head.Position - 1, head.ReceivedAtMs);
        while (true)
        {
            var accepted = new List<Send>();
            writer.Begin(head, nowMs);
            foreach (var (send, draft) in attempts)
                if (writer.Append(draft) == IntakeOutcome.Accepted) accepted.Add(send);
            if (journal.TryCommit(head, writer, accepted)) return;
            head = journal.Head(partition);
        }
    }

    // The sender's clock goes on between two deliveries as ours does.
    private Send AsOfNow(Send send) => send with { ReceivedAtMs = clock.NowMs, SentAtMs = send.SentAtMs + (clock.NowMs - send.ReceivedAtMs) };

    private byte[] Draft(Send send)
    {
        using var buffer = new RecordBuffer();
        SendDraft.Write(buffer, send, idSeed);
        return buffer.Written.ToArray();
    }
}
