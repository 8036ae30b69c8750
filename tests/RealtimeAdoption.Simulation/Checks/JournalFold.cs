using System.Text;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Simulation.Checks;

/// <summary>
/// What the reference scorer makes of one partition's journal: the messages as their senders sent them, in the order in which they became durable, with the ticks, swaps and models between them. Of the machine it takes
/// nothing but where those lie.
/// </summary>
internal sealed class JournalFold
{
    private readonly Func<string, AdoptionModel> modelOf;
    private readonly SortedDictionary<string, ReferenceReactions> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> ids = [];
    private readonly Dictionary<string, Queue<ExpectedChange>> due = new(StringComparer.Ordinal);
    private readonly ScoreThread scores = new();
    private readonly ILookup<long, ulong[]> rebuilds;
    private Acceptance? acceptance;
    private AdoptionModel? model;
    private (AdoptionModel Model, int Through)? coming;

    /// <param name="records">The journal, from position 1 on.</param>
    /// <param name="modelOf">By its text.</param>
    public JournalFold(IReadOnlyList<byte[]> records, Func<string, AdoptionModel> modelOf)
    {
        this.modelOf = modelOf;
        // A rebuild begins where it says that it has read history through.
        rebuilds = records.Where(bytes => new Record(bytes).Kind == RecordKind.Rebuilt)
            .Select(bytes => PartitionRecords.ReadRebuilt(new Record(bytes)))
            .ToLookup(rebuilt => rebuilt.Through, rebuilt => rebuilt.Accounts);
    }

    public AdoptionModel Model => model ?? throw new InvalidOperationException("The journal has no model.");

    public int Today { get; private set; } = int.MinValue;

    public IReadOnlyDictionary<string, ReferenceReactions> Accounts => accounts;

    /// <summary>The next record; of a sender's with what it sent, its receipt the record's.</summary>
    /// <param name="record">Of the journal.</param>
    /// <param name="position">Of the record.</param>
    /// <param name="send">What was sent; null: the record is the partition's own.</param>
    /// <param name="isVoid">A repetition that a door could not know of, and whose id the partition did.</param>
    /// <returns>What the reference makes of the message; null: it is the partition's own, or of the directory.</returns>
    public TestKit.Reference.Judged? Take(in Record record, long position, Send? send, bool isVoid = false)
    {
        TestKit.Reference.Judged? judged = null;
        switch (record.Kind)
        {
            case RecordKind.Tick:
                Tick(Days.Of(record.TimeMs));
                break;
            case RecordKind.Model:
                BeginModel(modelOf(PartitionRecords.ReadModel(record).Text));
                break;
            case RecordKind.Activated:
                SwapModel();
                break;
            case RecordKind.Rebuilt:
                foreach (var hash in PartitionRecords.ReadRebuilt(record).Accounts) Expect(ids[hash], accounts[ids[hash]].Swap());
                break;
            case RecordKind.Directory:
                break;
            default:
                judged = acceptance!.Judge(send!);
                ids[record.AccountHash] = send!.Account;
                if (judged.Verdict != Verdict.Future && !isVoid) Expect(send.Account, Account(send.Account).Take(judged));
                break;
        }

        foreach (var begun in rebuilds[position])
            foreach (var hash in begun) accounts[ids[hash]].BeginRebuild(acceptance!.All.Count - 1);
        return judged;
    }

    /// <summary>Null: these are the changes that are due, all of them, each account's in its order.</summary>
    public string? Difference(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (!due.TryGetValue(change.Account, out var queue) || !queue.TryDequeue(out var expected)) return $"{change.Account} at {change.Position}: not due: {ExpectedChange.Words(change)}";
            if (expected.Difference(change) is { } difference) return $"{change.Account} at {change.Position}: {difference}";
            if (scores.Follow(change) is { } broken) return $"{change.Account} at {change.Position}: {ExpectedChange.Words(change)}: {broken}";
        }

        var missing = due.Where(entry => entry.Value.Count > 0).Select(entry => $"{entry.Key}: {entry.Value.Count} changes did not come, first: {entry.Value.Peek()}").ToList();
        return missing.Count == 0 ? null : string.Join("\n", missing);
    }

    /// <summary>Null: the account stands as it must, in every value.</summary>
    public string? Difference(string id, AccountRead? actual)
    {
        var account = accounts[id];
        if (account.Exists != actual is not null) return $"{id} {(actual is null ? "is not known" : "should not exist")}";
        if (actual is null) return null;
        var hasHealth = actual.View.Health is not null;
        if (Model.Health is null == hasHealth) return $"{id}: health is {(hasHealth ? "" : "not ")}told";
        if (MeasuredAnswer.Of(account.Facts, account.Now(), hasHealth).FirstDifference(actual.Measured(Model)) is { } measured) return $"{id}: {measured}";
        if (account.IsMarked) return $"{id}: historic records wait, and nothing is pending";
        return ShownAnswer.Of(account, Model, Today, hasHealth).FirstDifference(actual.Shown(Model)) is { } shown ? $"{id}: {shown}" : null;
    }

    private void Tick(int day)
    {
        Today = day;
        foreach (var (id, account) in accounts) Expect(id, account.Tick(day));
    }

    private void BeginModel(AdoptionModel next)
    {
        if (model is null)
        {
            (model, acceptance) = (next, new Acceptance(next.LateDays));
            return;
        }

        coming = (next, acceptance!.All.Count - 1);
        acceptance.BeginModel(next.LateDays);
        foreach (var account in accounts.Values) account.BeginModel(next, coming.Value.Through);
    }

    private void SwapModel()
    {
        (model, coming) = (coming!.Value.Model, null);
        acceptance!.SwapModel(Today);
        foreach (var (id, account) in accounts) Expect(id, account.SwapModel());
    }

    private ReferenceReactions Account(string id)
    {
        if (accounts.TryGetValue(id, out var account)) return account;
        accounts[id] = account = new ReferenceReactions(Model, id, Today);
        if (coming is { } next) account.BeginModel(next.Model, next.Through);
        return account;
    }

    private void Expect(string account, IReadOnlyList<ExpectedChange> changes)
    {
        if (!due.TryGetValue(account, out var queue)) due[account] = queue = new Queue<ExpectedChange>();
        foreach (var change in changes) queue.Enqueue(change);
    }
}
