using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>
/// The scoring core alone, fed record by record; acceptance and stamping are the reference's own. It tells a mistake of the core from one of the
/// partition machine around it. Ticks visit an account only where its next due day has come, as a partition does.
/// </summary>
public sealed class CoreTarget(CompiledModel first) : IHistoryTarget
{
    private readonly Acceptance acceptance = new(first.Definition.LateDays);
    private readonly SortedDictionary<string, AccountState> states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(long Position, ReadOnlyMemory<byte> Record)>> history = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountSummary> rows = new(StringComparer.Ordinal);
    private readonly ChangeList changes = [];
    private CompiledModel model = first;
    private Dictionary<string, AccountState>? rebuilt;
    private long through;
    private CompiledModel? next;
    private Dictionary<string, AccountState> activated = [];
    private long activatedThrough;
    private long position;

    public int Day { get; private set; } = int.MinValue;

    public IReadOnlyList<Change> Changes => changes;

    public IReadOnlyList<Answered> Send(IReadOnlyList<Send> sends)
    {
        var answers = new List<Answered>();
        foreach (var send in sends)
        {
            PassTo(send.ReceivedAtMs);
            var judged = acceptance.Judge(send);
            // A repeat that nobody has to know is journaled like any other, unless it is live: then it must not reach the account.
            var drop = judged.Verdict == Verdict.Repeat && (judged.MustBeKnown || !judged.Historic);
            answers.Add(judged.Verdict switch
            {
                Verdict.Future => Answered.Future,
                Verdict.Repeat when drop => judged.SamePayload ? Answered.Duplicate : Answered.Conflict,
                _ => Answered.Accepted,
            });
            if (judged.Verdict != Verdict.Future && !drop) Apply(judged);
        }

        return answers;
    }

    public void PassTo(long nowMs)
    {
        var today = Days.Of(nowMs);
        if (Day == int.MinValue) Day = today - 1;
        while (Day < today)
        {
            Day++;
            position++;
            foreach (var account in states.Keys.ToList())
            {
                var state = states[account];
                if (AccountActor.NextDueDay(state) <= Day) Keep(account, ref state, AccountActor.Tick(model, ref state, Day, position, changes));
                if (rebuilt is not null) TickBeside(model, rebuilt, account);
                if (next is not null) TickBeside(next, activated, account);
            }
        }
    }

    public bool BeginRebuild(long nowMs)
    {
        PassTo(nowMs);
        var marked = states.Where(s => AccountActor.IsRebuilding(s.Value)).Select(s => s.Key).ToList();
        if (rebuilt is not null || next is not null || marked.Count == 0) return false;
        through = position;
        rebuilt = marked.ToDictionary(account => account, account => AccountActor.Rebuild(model, Encoding.UTF8.GetBytes(account), history[account], Day));
        return true;
    }

    public bool FinishRebuild(long nowMs)
    {
        PassTo(nowMs);
        if (rebuilt is null) return false;
        position++;
        foreach (var (account, state) in rebuilt.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            var live = states[account];
            Keep(account, ref live, AccountActor.Swap(model, ref live, state, through, position, Day, DateTimeOffset.FromUnixTimeMilliseconds(nowMs), changes));
        }

        rebuilt = null;
        return true;
    }

    public bool BeginActivation(long nowMs, AdoptionModel next)
    {
        ArgumentNullException.ThrowIfNull(next);
        PassTo(nowMs);
        if (this.next is not null) return false;
        this.next = new CompiledModel(next);
        acceptance.BeginModel(next.LateDays);
        activatedThrough = ++position;
        activated = states.Keys.ToDictionary(account => account, account => AccountActor.Rebuild(this.next, Encoding.UTF8.GetBytes(account), history[account], Day));
        return true;
    }

    public ActivationMove StepActivation(long nowMs)
    {
        PassTo(nowMs);
        if (next is null || rebuilt is not null) return ActivationMove.None;
        position++;
        var before = model;
        (model, next) = (next, null);
        acceptance.SwapModel(Day);
        foreach (var account in states.Keys.ToList())
        {
            var live = states[account];
            Keep(account, ref live, AccountActor.SwapModel(before, ref live, model, activated[account], activatedThrough, position, Day, DateTimeOffset.FromUnixTimeMilliseconds(nowMs), changes));
        }

        return ActivationMove.Swapped;
    }

    // States are values here and outlive a crash; a pass under way does not.
    public void Checkpoint(long nowMs) => PassTo(nowMs);

    public void Crash(long nowMs)
    {
        rebuilt = null;
        PassTo(nowMs);
    }

    public bool IsRebuilding(string account) => states.TryGetValue(account, out var state) && AccountActor.IsRebuilding(state);

    public AccountRead? Read(string account)
    {
        if (!states.TryGetValue(account, out var state)) return null;
        var view = AccountActor.View(model, ref state, Day, explain: true);
        var users = AccountActor.Users(model, ref state, Day);
        states[account] = state;
        return new(view, users, rows[account]);
    }

    public void Dispose()
    {
        // Nothing is held: states are arrays.
    }

    // The row is read again only where the core says that it differs.
    private void Keep(string account, ref AccountState state, AccountEffects effects)
    {
        if ((effects & AccountEffects.RowChanged) != AccountEffects.None || !rows.TryGetValue(account, out var row)) rows[account] = AccountActor.Summary(model, ref state);
        else rows[account] = row with { LastActivityOn = AccountActor.LastActivityOn(state) };
        states[account] = state;
    }

    private void Apply(Judged judged)
    {
        using var buffer = new RecordBuffer();
        SendDraft.Write(buffer, judged.Send, PartitionDriver.IdSeed);
        var flags = new Record(buffer.Written).Flags & ~RecordFlags.TimeIsAge;
        if (judged.Historic) flags |= RecordFlags.Historic;
        Record.Stamp(buffer.Writable, judged.Send.ReceivedAtMs, judged.TimeMs, flags);
        var bytes = buffer.Written.ToArray();
        position++;
        var account = judged.Send.Account;
        if (!states.TryGetValue(account, out var state)) state = AccountActor.Create(model, Encoding.UTF8.GetBytes(account), Day);
        Keep(account, ref state, AccountActor.Apply(model, ref state, new Record(bytes), position, Day, changes));
        if (!history.TryGetValue(account, out var list)) history[account] = list = [];
        list.Add((position, bytes));
        // As in a partition: what is historic waits for the next rebuild, and is not told to this one.
        if (rebuilt is not null && rebuilt.ContainsKey(account)) ApplyBeside(model, rebuilt, account, bytes, judged.Historic);
        if (next is null) return;
        activated.TryAdd(account, AccountActor.Create(next, Encoding.UTF8.GetBytes(account), Day));
        ApplyBeside(next, activated, account, bytes, judged.Historic);
    }

    private void ApplyBeside(CompiledModel by, Dictionary<string, AccountState> beside, string account, byte[] record, bool historic)
    {
        if (historic) return;
        var state = beside[account];
        AccountActor.Apply(by, ref state, new Record(record), position, Day, []);
        beside[account] = state;
    }

    private void TickBeside(CompiledModel by, Dictionary<string, AccountState> beside, string account)
    {
        if (!beside.TryGetValue(account, out var state) || AccountActor.NextDueDay(state) > Day) return;
        AccountActor.Tick(by, ref state, Day, position, []);
        beside[account] = state;
    }
}
