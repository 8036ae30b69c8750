using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Runs a history through a target and through the reference, side by side, and says where they first part: in an answer, in a value, or in a change.</summary>
public sealed class HistoryRun
{
    private readonly History history;
    private readonly IHistoryTarget target;
    private readonly Acceptance acceptance;
    private readonly SortedDictionary<string, ReferenceReactions> accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<ExpectedChange>> due = new(StringComparer.Ordinal);
    private readonly ScoreThread scores = new();
    private AdoptionModel model;
    private (AdoptionModel Model, int Through)? coming;
    private List<string> begun = [];
    private int today = int.MinValue;
    private int reported;

    private HistoryRun(History history, IHistoryTarget target)
    {
        this.history = history;
        this.target = target;
        acceptance = new Acceptance(history.Model.LateDays);
        model = history.Model;
    }

    public HistoryStats Stats { get; } = new();

    /// <summary>Null: they agree to the end. Otherwise the first difference.</summary>
    public string? Difference { get; private set; }

    public static HistoryRun Of(History history, IHistoryTarget target)
    {
        var run = new HistoryRun(history, target);
        run.Run();
        return run;
    }

    public static string? Failure(History history, Func<History, IHistoryTarget> makeTarget)
    {
        try
        {
            using var fresh = makeTarget(history);
            return Of(history, fresh).Difference;
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}";
        }
    }

    private void Run()
    {
        Stats.Histories++;
        foreach (var step in history.Steps)
        {
            Difference = Take(step) ?? CompareChanges();
            if (Difference is null) continue;
            Difference = $"seed {history.Seed}, at {Send.Instant(step.NowMs)}: {Difference}";
            return;
        }

        CountEnd();
    }

    private string? Take(Step step)
    {
        switch (step)
        {
            case SendStep send:
                return TakeSends(send.Sends);
            case PersonStep person:
                return Act(person);
            case BeginRebuildStep:
                PassTo(step.NowMs);
                if (!target.BeginRebuild(step.NowMs)) return null;
                begun = [.. accounts.Where(a => a.Value.IsMarked).Select(a => a.Key)];
                foreach (var account in begun) accounts[account].BeginRebuild(acceptance.All.Count - 1);
                return null;
            case FinishRebuildStep:
                PassTo(step.NowMs);
                if (target.FinishRebuild(step.NowMs)) Swap();
                return null;
            case BeginModelStep begin:
                PassTo(step.NowMs);
                if (target.BeginActivation(step.NowMs, begin.Model)) BeginModel(begin.Model);
                return null;
            case AdvanceModelStep advance:
                PassTo(step.NowMs);
                return Advance(advance);
            case CheckpointStep:
                PassTo(step.NowMs);
                target.Checkpoint(step.NowMs);
                return null;
            case CrashStep:
                PassTo(step.NowMs);
                target.Crash(step.NowMs);
                foreach (var account in begun) accounts[account].AbandonRebuild();
                begun = [];
                Stats.Crashes++;
                return null;
            case PassStep:
                PassTo(step.NowMs);
                target.PassTo(step.NowMs);
                return null;
            default:
                PassTo(step.NowMs);
                target.PassTo(step.NowMs);
                return CompareAnswers();
        }
    }

    private string? TakeSends(IReadOnlyList<Send> sends)
    {
        var answers = target.Send(sends);
        for (var i = 0; i < sends.Count; i++)
        {
            PassTo(sends[i].ReceivedAtMs);
            var judged = acceptance.Judge(sends[i]);
            Stats.Count(judged);
            if (coming is not null) Stats.Count(judged.Historic ? "historic sends during an activation" : "sends during an activation");
            var expected = judged.Verdict switch
            {
                Verdict.Future => answers[i] == Answered.Future,
                Verdict.New => answers[i] == Answered.Accepted,
                _ when answers[i] == Answered.Accepted => !judged.MustBeKnown,
                _ => answers[i] == (judged.SamePayload ? Answered.Duplicate : Answered.Conflict),
            };
            if (!expected) return $"answered {answers[i]} where {judged.Verdict} was due{(judged.MustBeKnown ? " (known)" : "")}: {sends[i]}";
            if (answers[i] == Answered.Accepted) Expect(sends[i].Account, Account(sends[i].Account).Take(judged));
        }

        return null;
    }

    // The reference knows what alerts are live; a person acts on one of them.
    private string? Act(PersonStep person)
    {
        PassTo(person.NowMs);
        target.PassTo(person.NowMs);
        var live = accounts.SelectMany(a => a.Value.Alerts.Live.Select(alert => (Account: a.Key, Alert: alert))).ToList();
        if (live.Count == 0) return null;
        var (account, alert) = live[person.Pick % live.Count];
        return TakeSends([person.On(account, ReferenceAlerts.NameOf(alert.Type), alert.Subject)]);
    }

    private void Swap()
    {
        Stats.Rebuilds++;
        foreach (var account in begun)
        {
            Expect(account, accounts[account].Swap());
            Stats.Count("closes filled by a rebuild", accounts[account].FilledCloses);
        }

        begun = [];
    }

    private void BeginModel(AdoptionModel next)
    {
        coming = (next, acceptance.All.Count - 1);
        acceptance.BeginModel(next.LateDays);
        foreach (var account in accounts.Values) account.BeginModel(next, coming.Value.Through);
    }

    private string? Advance(AdvanceModelStep step)
    {
        ActivationMove move;
        do
        {
            move = target.StepActivation(step.NowMs);
            if (move == ActivationMove.Swapped) SwapModel();
            else if (move == ActivationMove.Advanced) Stats.Count("steps of activations");
        }
        while (step.ToEnd && move == ActivationMove.Advanced);
        return null;
    }

    private void SwapModel()
    {
        var before = model;
        (model, coming) = (coming!.Value.Model, null);
        acceptance.SwapModel(today);
        Stats.Count("activations");
        var moved = new HashSet<ChangeType>();
        foreach (var (id, account) in accounts)
        {
            var changes = account.SwapModel();
            moved.UnionWith(changes.Select(c => c.Type));
            if (account.IsMarked) Stats.Count("accounts marked at a model's swap");
            Expect(id, changes);
        }

        Stats.CountActivation(before, model, moved);
    }

    private ReferenceReactions Account(string id)
    {
        if (accounts.TryGetValue(id, out var account)) return account;
        accounts[id] = account = new ReferenceReactions(model, id, today);
        if (coming is { } next)
        {
            account.BeginModel(next.Model, next.Through);
            Stats.Count("accounts born during an activation");
        }

        return account;
    }

    private void PassTo(long nowMs)
    {
        var day = Days.Of(nowMs);
        if (today == int.MinValue) today = day;
        while (today < day)
        {
            today++;
            if (coming is not null) Stats.Count("ticks during an activation");
            foreach (var (id, account) in accounts) Expect(id, account.Tick(today));
        }
    }

    private void Expect(string account, IReadOnlyList<ExpectedChange> changes)
    {
        if (!due.TryGetValue(account, out var queue)) due[account] = queue = new Queue<ExpectedChange>();
        foreach (var change in changes)
        {
            queue.Enqueue(change);
            Stats.Count(change, accounts[account]);
        }
    }

    // The order of accounts within a tick is the partition's; an account's changes have one order.
    private string? CompareChanges()
    {
        var all = target.Changes;
        for (; reported < all.Count; reported++)
        {
            var change = all[reported];
            if (!due.TryGetValue(change.Account, out var queue) || !queue.TryDequeue(out var expected)) return $"{change.Account}: not due: {ExpectedChange.Words(change)}\n{Around(change)}";
            if (expected.Difference(change) is { } difference) return $"{change.Account}: {difference}\n{Around(change)}";
            if (scores.Follow(change) is { } broken) return $"{change.Account}: {ExpectedChange.Words(change)}: {broken}\n{Around(change)}";
        }

        var missing = due.Where(d => d.Value.Count > 0).Select(d => $"{d.Key}: {d.Value.Count} changes did not come, first: {d.Value.Peek()}").ToList();
        return missing.Count == 0 ? null : string.Join("\n", missing);
    }

    private string Around(Change change) => string.Join("\n", target.Changes.Where(c => c.Account == change.Account && c.Position == change.Position).Select(c => $"  of that record: {ExpectedChange.Words(c)}"));

    private string? CompareAnswers()
    {
        foreach (var (id, account) in accounts)
        {
            var actual = target.Read(id);
            if (account.Exists != actual is not null) return $"{id} {(actual is null ? "is not known" : "should not exist")}";
            if (actual is null) continue;
            var now = account.Now();
            Stats.Count(now, account);
            var date = $"{Days.ToDate(today):yyyy-MM-dd}";
            if (model.Health is null != actual.View.Health is null) return $"{id} on {date}: health is {(actual.View.Health is null ? "not " : "")}told";
            if (MeasuredAnswer.Of(account.Facts, now, actual.View.Health is not null).FirstDifference(actual.Measured(model)) is { } measured) return $"{id} on {date}: {measured}";
            if (account.IsMarked && !target.IsRebuilding(id)) return $"{id}: historic records wait, and it is not rebuilding";
            if (account.IsMarked) continue;
            if (ShownAnswer.Of(account, model, today, actual.View.Health is not null).FirstDifference(actual.Shown(model)) is { } shown) return $"{id} on {date}: {shown}";
        }

        return null;
    }

    private void CountEnd()
    {
        foreach (var account in accounts.Values.Where(a => a.Exists)) Stats.CountEnd(account);
    }
}
