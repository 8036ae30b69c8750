using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Runs a history through a target and through the reference, side by side, and says where they first part.</summary>
public sealed class HistoryRun
{
    private readonly History history;
    private readonly IHistoryTarget target;
    private readonly Acceptance acceptance;
    private readonly ReferenceScorer reference;
    private readonly SortedSet<string> accounts = new(StringComparer.Ordinal);
    private int rebuiltThrough = -1;
    private int begunThrough = -1;
    private int today;

    private HistoryRun(History history, IHistoryTarget target)
    {
        this.history = history;
        this.target = target;
        acceptance = new Acceptance(history.Model.LateDays);
        reference = new ReferenceScorer(history.Model);
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
            Difference = Take(step);
            if (Difference is null) continue;
            Difference = $"seed {history.Seed}, at {Send.Instant(step.NowMs)}: {Difference}";
            return;
        }

        CountEnd();
    }

    private string? Take(Step step)
    {
        today = Days.Of(step.NowMs);
        switch (step)
        {
            case SendStep send:
                return TakeSends(send.Sends);
            case PassStep:
                target.PassTo(step.NowMs);
                return null;
            case BeginRebuildStep:
                if (target.BeginRebuild(step.NowMs)) begunThrough = acceptance.All.Count - 1;
                return null;
            case FinishRebuildStep:
                if (!target.FinishRebuild(step.NowMs)) return null;
                rebuiltThrough = begunThrough;
                Stats.Rebuilds++;
                return null;
            case CheckpointStep:
                target.Checkpoint(step.NowMs);
                return null;
            case CrashStep:
                target.Crash(step.NowMs);
                Stats.Crashes++;
                return null;
            default:
                target.PassTo(step.NowMs);
                return Compare();
        }
    }

    private string? TakeSends(IReadOnlyList<Send> sends)
    {
        var answers = target.Send(sends);
        for (var i = 0; i < sends.Count; i++)
        {
            accounts.Add(sends[i].Account);
            var judged = acceptance.Judge(sends[i]);
            Count(judged);
            var expected = judged.Verdict switch
            {
                Verdict.Future => answers[i] == Answered.Future,
                Verdict.New => answers[i] == Answered.Accepted,
                _ when answers[i] == Answered.Accepted => !judged.MustBeKnown,
                _ => answers[i] == (judged.SamePayload ? Answered.Duplicate : Answered.Conflict),
            };
            if (!expected) return $"answered {answers[i]} where {judged.Verdict} was due{(judged.MustBeKnown ? " (known)" : "")}: {sends[i]}";
        }

        return null;
    }

    private string? Compare()
    {
        foreach (var account in accounts)
        {
            var reckoning = reference.Reckon(account, acceptance.All, rebuiltThrough, today);
            var actual = target.Read(account);
            if (reckoning is null != actual is null) return $"{account} {(actual is null ? "is not known" : "should not exist")}";
            if (reckoning is null) continue;
            Stats.Comparisons++;
            if (reckoning.AnyMissingGauge()) Stats.Gaugeless++;
            if (reckoning.Answer().FirstDifference(actual!) is { } difference) return $"{account} on {Days.ToDate(today):yyyy-MM-dd}: {difference}";
            var pending = acceptance.All.Any(r => r.Send.Account == account && r.Verdict == Verdict.New && r.Historic && r.Order > rebuiltThrough);
            if (pending && !target.IsRebuilding(account)) return $"{account}: historic records wait, and it is not rebuilding";
        }

        return null;
    }

    private void Count(Judged judged)
    {
        Stats.Sends++;
        if (judged.Verdict == Verdict.Future) Stats.Future++;
        else if (judged.Verdict == Verdict.Repeat && judged.SamePayload) Stats.Duplicates++;
        else if (judged.Verdict == Verdict.Repeat) Stats.Conflicts++;
        else if (judged.Historic) Stats.HistoricEvents++;
        else if (judged.Day < judged.ReceiptDay) Stats.LateEvents++;
    }

    private void CountEnd()
    {
        foreach (var account in accounts)
        {
            if (reference.Reckon(account, acceptance.All, rebuiltThrough, today) is not { } reckoning) continue;
            Stats.Graces += reckoning.GraceDays;
            Stats.Ticks += reckoning.Length;
            for (var p = 0; p < history.Model.Products.Count; p++)
            {
                if (reckoning.EverAdopted(p)) Stats.Adoptions++;
                if (reckoning.EverLapsed(p)) Stats.Lapses++;
            }
        }

        Stats.Corrections += target.Changes.Count(c => c.Type == ChangeType.Correction);
    }
}
