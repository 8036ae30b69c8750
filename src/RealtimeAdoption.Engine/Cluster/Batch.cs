using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>A run of records that is applied when all its calls are answered; its records by account, in order of first appearance.</summary>
internal sealed class Batch(Segment run)
{
    private readonly Dictionary<int, Group> byNumber = [];
    private readonly List<Group> groups = [];

    /// <summary>The records of one account.</summary>
    internal sealed class Group(int number)
    {
        public int Number => number;

        public List<long> Positions { get; } = [];

        public MemoryStream Records { get; } = new();
    }

    public Segment Run => run;

    public IReadOnlyList<Group> Groups => groups;

    /// <summary>Leases with an answer to this batch.</summary>
    public List<Lease> Called { get; } = [];

    /// <summary>Those that may be called: records of accounts that are known and not stopped, and that were not judged void.</summary>
    public void Sort(AccountTable accounts, IReadOnlyList<Judgement> judgements)
    {
        var rest = run.Records.Span;
        for (var i = 0; i < run.Count; i++)
        {
            var record = new Record(rest);
            rest = rest[record.Length..];
            if (judgements[i] == Judgement.Void || !HistoryPass.IsOfAccount(record)) continue;
            var number = accounts.Find(record.AccountHash);
            if (number < 0 || (accounts[number].Flags & AccountFlags.Stopped) != AccountFlags.None) continue;
            var group = Of(number);
            group.Positions.Add(run.FirstPosition + i);
            var bytes = record.Bytes.ToArray();
            Record.Stamp(bytes, record.ReceivedAtMs, record.TimeMs, Partition.FlagsOf(record, judgements[i]));
            group.Records.Write(bytes);
        }
    }

    private Group Of(int number)
    {
        if (byNumber.TryGetValue(number, out var group)) return group;
        byNumber.Add(number, group = new Group(number));
        groups.Add(group);
        return group;
    }
}
