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
public sealed class CoreTarget(CompiledModel model) : IHistoryTarget
{
    private readonly Acceptance acceptance = new(model.Definition.LateDays);
    private readonly SortedDictionary<string, AccountState> states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(long Position, ReadOnlyMemory<byte> Record)>> history = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountSummary> rows = new(StringComparer.Ordinal);
    private readonly List<Change> changes = [];
    private Dictionary<string, AccountState>? rebuilt;
    private long through;
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
                if (rebuilt is not null && rebuilt.TryGetValue(account, out var other) && AccountActor.NextDueDay(other) <= Day)
                {
                    AccountActor.Tick(model, ref other, Day, position, []);
                    rebuilt[account] = other;
                }
            }
        }
    }

    public bool BeginRebuild(long nowMs)
    {
        PassTo(nowMs);
        var marked = states.Where(s => AccountActor.IsRebuilding(s.Value)).Select(s => s.Key).ToList();
        if (rebuilt is not null || marked.Count == 0) return false;
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
        else if ((effects & AccountEffects.ActivityMoved) != AccountEffects.None) rows[account] = row with { LastActivityOn = AccountActor.LastActivityOn(state) };
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
        if (!judged.Historic && rebuilt is not null && rebuilt.TryGetValue(account, out var other))
        {
            AccountActor.Apply(model, ref other, new Record(bytes), position, Day, []);
            rebuilt[account] = other;
        }
    }
}
