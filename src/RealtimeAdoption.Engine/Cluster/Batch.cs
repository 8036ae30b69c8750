using System.Runtime.InteropServices;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>A run of records that is applied when all its calls are answered. Where nobody may be called for it, it is not sorted, and applied as it is.</summary>
internal sealed class Batch(Segment run)
{
    private const int None = -1;

    private readonly List<Group> groups = [];

    // Of each record: where it begins, and the next one of its account.
    private (int Offset, int Next)[] places = [];

    /// <summary>An account of the batch: how much of it is the account's, and its first and last record.</summary>
    internal record struct Group(int Number, int Count, int Length, int First, int Last);

    public Segment Run => run;

    /// <summary>In order of first appearance.</summary>
    public IReadOnlyList<Group> Groups => groups;

    /// <summary>Leases with an answer to this batch.</summary>
    public List<Lease> Called { get; } = [];

    /// <summary>Finds those that may be called: records of accounts that are known and not stopped, and that were not judged void.</summary>
    public void Sort(AccountTable accounts, IReadOnlyList<Judgement> judgements)
    {
        places = new (int, int)[run.Count];
        var groupOf = new Dictionary<int, int>(run.Count);
        var bytes = run.Records.Span;
        for (var (i, offset) = (0, 0); i < run.Count; i++)
        {
            var record = new Record(bytes[offset..]);
            places[i] = (offset, None);
            offset += record.Length;
            var number = judgements[i] == Judgement.Void ? None : NumberOf(accounts, record);
            if (number == None) continue;
            ref var at = ref CollectionsMarshal.GetValueRefOrAddDefault(groupOf, number, out var isKnown);
            if (!isKnown)
            {
                at = groups.Count;
                groups.Add(new Group(number, 0, 0, i, i));
            }

            ref var group = ref CollectionsMarshal.AsSpan(groups)[at];
            if (isKnown) places[group.Last].Next = i;
            group = group with { Count = group.Count + 1, Length = group.Length + record.Length, Last = i };
        }
    }

    /// <summary>The accounts with the most records, at most so many; null: these are all.</summary>
    public HashSet<int>? Busiest(int most) => groups.Count <= most ? null : groups.OrderByDescending(group => group.Count).Take(most).Select(group => group.Number).ToHashSet();

    /// <summary>Positions of an account's records, and the records, judged, one behind the other.</summary>
    public (long[] Positions, byte[] Records) RecordsOf(in Group group, IReadOnlyList<Judgement> judgements)
    {
        var (positions, records) = (new long[group.Count], new byte[group.Length]);
        var (count, length) = (0, 0);
        for (var i = group.First; i != None; i = places[i].Next)
        {
            var record = new Record(run.Records.Span[places[i].Offset..]);
            positions[count++] = run.FirstPosition + i;
            var bytes = records.AsSpan(length, record.Length);
            record.Bytes.CopyTo(bytes);
            Record.Stamp(bytes, record.ReceivedAtMs, record.TimeMs, Partition.FlagsOf(record, judgements[i]));
            length += bytes.Length;
        }

        return (positions, records);
    }

    private static int NumberOf(AccountTable accounts, in Record record)
    {
        if (!HistoryPass.IsOfAccount(record)) return None;
        var number = accounts.Find(record.AccountHash);
        return number < 0 || (accounts[number].Flags & AccountFlags.Stopped) != AccountFlags.None ? None : number;
    }
}
