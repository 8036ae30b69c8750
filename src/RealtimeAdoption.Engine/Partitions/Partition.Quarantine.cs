using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

// What breaks an account. Live nothing is kept that could undo a record: an account that breaks is stopped, half way as it is, and rebuilt from its history as if it had been marked. A record that breaks
// the rebuild too is found there and left out, and the journal says so, before the swap: whoever reads that journal, whatever the program, leaves it out as well.
public sealed partial class Partition
{
    // Of an account that breaks again each time, for as long as the partition lives. A restart, by a newer program perhaps, tries again.
    private const int HealsMax = 5;

    private readonly SortedDictionary<long, QuarantinedRecord> quarantined = [];

    // Found, and not in the journal yet (or not applied).
    private readonly SortedDictionary<long, QuarantinedRecord> unwritten = [];
    private readonly Dictionary<int, int> heals = [];

    /// <summary>Records that count for nothing, by position.</summary>
    public IReadOnlyCollection<QuarantinedRecord> Quarantined => quarantined.Values;

    /// <summary>
    /// Takes a record out of quarantine: appends the record that says so. When that is applied its account is marked for rebuild, which counts it, or finds that it still breaks and puts it back. False: it is not in quarantine.
    /// </summary>
    public bool Release(long position, long nowMs)
    {
        if (!quarantined.TryGetValue(position, out var record)) return false;
        var receivedAt = OpenDayOf(nowMs);
        var at = open.Length;
        PartitionRecords.WriteRelease(open, record, receivedAt);
        Record.Stamp(open.Writable[at..], receivedAt, receivedAt, RecordFlags.Historic);
        CountOwn();
        return true;
    }

    private RebuildPass NewPass(CompiledModel of, long through, long until, List<(ulong Hash, byte[] Id)> taken, long bytesMax, bool ofReplay) =>
        new(of, Index, through, until, taken, bytesMax, ofReplay)
        {
            QuarantineMax = ofReplay ? int.MaxValue : Math.Max(0, options.QuarantinedMax - quarantined.Count - unwritten.Count),
            Quarantined = quarantined.Keys,
            LeftOutOfTail = LeftOutAfter(through),
            Planted = options.Planted,
        };

    // What a pass has found. In a replay it is in the journal, unless the program is another one.
    private void Quarantine(HistoryPass computed)
    {
        if (computed is not RebuildPass { Broke.Count: > 0 } rebuild) return;
        foreach (var record in rebuild.Broke)
        {
            if (quarantined.ContainsKey(record.Position) || !unwritten.TryAdd(record.Position, record)) continue;
            outputs.Enqueue(new RecordQuarantined(record));
            if (isOpen) AppendQuarantine(record);
        }
    }

    private void AppendQuarantined()
    {
        foreach (var record in unwritten.Values) AppendQuarantine(record);
    }

    private void AppendQuarantine(QuarantinedRecord record)
    {
        var at = open.Length;
        PartitionRecords.WriteQuarantine(open, record, openReceivedAtMs);
        StampOwn(at, openReceivedAtMs);
    }

    private void ApplyQuarantine(in Record record, long position)
    {
        var (of, isReleased) = PartitionRecords.ReadQuarantine(record);
        unwritten.Remove(of);
        if (!isReleased)
        {
            quarantined[of] = PartitionRecords.ReadQuarantined(record);
            return;
        }

        quarantined.Remove(of);
        ApplyToAccount(record, position, -1);
        var number = accounts.Find(record.AccountHash);
        if (!isOpen || !IsStopped(number)) return;
        heals.Remove(number);
        Heal(number);
    }

    // Of a stopped account: a rebuild makes it whole again.
    private void Heal(int number)
    {
        var times = heals.GetValueOrDefault(number);
        if (times >= HealsMax) return;
        heals[number] = times + 1;
        PutIntoPending(number);
    }

    private void HealStopped()
    {
        foreach (var (number, fault) in faults)
        {
            if (fault.Stopped) Heal(number);
        }
    }
}
