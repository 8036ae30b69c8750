using System.Text;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Callers;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.TestKit.Reference;
using Judged = RealtimeAdoption.Simulation.Callers.Judged;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Simulation.Checks;

/// <summary>Holds the journal to what was sent and what was answered, record by record, and folds it into the reference on the way.</summary>
internal sealed class JournalChecks
{
    private readonly Ledger ledger;
    private readonly List<byte[]>[] records;
    private readonly Dictionary<string, List<uint>> payloads = new(StringComparer.Ordinal);

    public JournalChecks(SimulatedJournal journal, Ledger ledger, int partitions)
    {
        this.ledger = ledger;
        records = [.. Enumerable.Range(0, partitions).Select(journal.Records)];
    }

    /// <summary>User to account, as the journal's last word has it.</summary>
    public Dictionary<string, string> Directory { get; } = new(StringComparer.Ordinal);

    public int Records => records.Sum(partition => partition.Count);

    /// <summary>Usage events.</summary>
    public int Events => records.Sum(partition => partition.Count(bytes => new Record(bytes).Kind == RecordKind.Usage));

    /// <summary>Of everything that was ever written: the same for two runs of one seed.</summary>
    public ulong Fingerprint => records.SelectMany(partition => partition).Aggregate(0UL, (hash, bytes) => StableHash.Of(bytes, hash));

    /// <summary>Folds a partition's journal; every record must be one that was sent, stamped as it must be, and of no id that has had its effect.</summary>
    public JournalFold Fold(int partition, Func<string, AdoptionModel> modelOf)
    {
        var fold = new JournalFold(records[partition], modelOf);
        for (var i = 0; i < records[partition].Count; i++)
        {
            var record = new Record(records[partition][i]);
            var position = i + 1L;
            var send = IsOwn(record) ? null : SentAs(record, partition, position);
            if (send is not null) Remember(record);
            if (fold.Take(record, position, send) is { } judged) Hold(record, judged, $"partition {partition}, position {position}: {send}");
        }

        return fold;
    }

    /// <summary>After all partitions were folded: what was answered is true.</summary>
    public void HoldAnswers()
    {
        foreach (var judged in ledger.Acknowledged)
        {
            var wrong = judged.Outcome switch
            {
                IntakeOutcome.Accepted => judged.Position <= records[judged.Partition].Count && IsSame(new Record(records[judged.Partition][(int)judged.Position - 1]), judged.Attempt) ? null : "is not in the journal",
                IntakeOutcome.Duplicate => PayloadsOf(judged).Contains(new Record(judged.Attempt.Draft).PayloadHash) ? null : "has no first in the journal",
                IntakeOutcome.Conflict => PayloadsOf(judged).Exists(payload => payload != new Record(judged.Attempt.Draft).PayloadHash) ? null : "contradicts nothing in the journal",
                IntakeOutcome.TimestampInFuture => TimeOf(judged.Attempt.Send) - judged.ReceivedAtMs > Days.MsPerDay ? null : "is not of the future",
                _ => "has no outcome",
            };
            if (wrong is not null) throw new SimulationException(Check.AcknowledgedIsInTheJournal, $"answered {judged.Outcome} at {judged.Position} of partition {judged.Partition}, and {wrong}: {judged.Attempt.Send}");
        }
    }

    private Send SentAs(in Record record, int partition, long position)
    {
        if (ledger.At(partition, position) is not { } attempt || !IsSame(record, attempt))
            throw new SimulationException(Check.JournalWasSent, $"position {position} of partition {partition} holds a {record.Kind} of {Encoding.UTF8.GetString(record.Account)}, id {Encoding.UTF8.GetString(record.MessageId)}, that nobody was told to be accepted there");
        if (record.Kind == RecordKind.Directory) Directory[Encoding.UTF8.GetString(record.User)] = Encoding.UTF8.GetString(record.Account);
        return attempt.Send with { ReceivedAtMs = record.ReceivedAtMs };
    }

    private static void Hold(in Record record, TestKit.Reference.Judged judged, string what)
    {
        if (judged.Verdict == Verdict.Future) throw new SimulationException(Check.RecordsAreStampedRight, $"more than a day ahead of its receipt: {what}");
        if (judged.TimeMs != record.TimeMs || judged.Historic != record.Has(RecordFlags.Historic))
        {
            throw new SimulationException(
                Check.RecordsAreStampedRight,
                $"dated {Send.Instant(record.TimeMs)}{(record.Has(RecordFlags.Historic) ? " historic" : "")}, due {Send.Instant(judged.TimeMs)}{(judged.Historic ? " historic" : "")}: {what}");
        }

        // One that is historic meets its first in the rebuild.
        if (judged.Verdict == Verdict.Repeat && (judged.MustBeKnown || !judged.Historic)) throw new SimulationException(Check.EachIdOnce, $"accepted once more: {what}");
    }

    private void Remember(in Record record)
    {
        if (record.IdHash == 0) return;
        var key = KeyOf(record, Days.Of(record.ReceivedAtMs));
        if (!payloads.TryGetValue(key, out var known)) payloads[key] = known = [];
        known.Add(record.PayloadHash);
    }

    // Where its day of receipt is part of an identity, one sent near a midnight may be of the day before or after.
    private List<uint> PayloadsOf(Judged judged)
    {
        var record = new Record(judged.Attempt.Draft);
        var day = Days.Of(judged.Attempt.Send.ReceivedAtMs);
        var found = new List<uint>();
        for (var back = 0; back <= 9; back++)
            if (payloads.TryGetValue(KeyOf(record, day - back + 1), out var known)) found.AddRange(known);
        return found;
    }

    private static string KeyOf(in Record record, int day) =>
        $"{(record.Kind == RecordKind.Directory ? "directory" : "")}|{Encoding.UTF8.GetString(record.Source)}|{Encoding.UTF8.GetString(record.Account)}|{Encoding.UTF8.GetString(record.MessageId)}|{(record.Has(RecordFlags.HasTimestamp) ? 0 : day)}";

    // All but what the partition stamps: flags, receipt and event time.
    private static bool IsSame(in Record record, Attempt attempt)
    {
        ReadOnlySpan<byte> draft = attempt.Draft, bytes = record.Bytes;
        return draft.Length == bytes.Length && draft[..5].SequenceEqual(bytes[..5]) && draft[6..8].SequenceEqual(bytes[6..8]) && draft[24..].SequenceEqual(bytes[24..]);
    }

    private static long TimeOf(Send send) => send.TimestampMs is not { } timestamp ? send.ReceivedAtMs : send.SentAtMs is { } sentAt && !send.Import ? send.ReceivedAtMs - (sentAt - timestamp) : timestamp;

    private static bool IsOwn(in Record record) => record.Kind is RecordKind.Tick or RecordKind.Model or RecordKind.Rebuilt or RecordKind.Activated;
}
