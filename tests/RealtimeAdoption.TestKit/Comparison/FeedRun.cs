using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Runs a history without historic records through a target, and holds the changes that each record and each tick reports against those that are due.</summary>
public sealed class FeedRun
{
    private readonly IHistoryTarget target;
    private readonly Acceptance acceptance;
    private readonly ReferenceFeed feed;
    private readonly SortedSet<string> accounts = new(StringComparer.Ordinal);
    private int reported;

    private FeedRun(History history, IHistoryTarget target)
    {
        this.target = target;
        acceptance = new Acceptance(history.Model.LateDays);
        feed = new ReferenceFeed(history.Model);
    }

    /// <summary>Changes that were due and came.</summary>
    public int Changes { get; private set; }

    /// <summary>Null: the feed is what it should be.</summary>
    public string? Difference { get; private set; }

    public static FeedRun Of(History history, IHistoryTarget target)
    {
        var run = new FeedRun(history, target);
        foreach (var step in history.Steps)
        {
            run.Difference = step is SendStep sends ? run.Take(sends.Sends) : run.Pass(step.NowMs);
            if (run.Difference is null) continue;
            run.Difference = $"seed {history.Seed}, {step}: {run.Difference}";
            break;
        }

        return run;
    }

    private string? Take(IReadOnlyList<Send> sends)
    {
        foreach (var send in sends)
        {
            if (Pass(send.ReceivedAtMs) is { } difference) return difference;
            accounts.Add(send.Account);
            var judged = acceptance.Judge(send);
            target.Send([send]);
            var due = judged.Verdict == Verdict.New ? feed.OfRecord(acceptance.All, send.Account, target.Day) : [];
            if (Compare(send.Account, due) is { } wrong) return $"{wrong}\nafter {send}";
        }

        return null;
    }

    private string? Pass(long nowMs)
    {
        var today = Days.Of(nowMs);
        if (acceptance.All.Count == 0)
        {
            target.PassTo(nowMs);
            return null;
        }

        while (target.Day < today)
        {
            target.PassTo(Days.StartMs(target.Day + 1));
            var due = accounts.SelectMany(account => feed.OfTick(acceptance.All, account, target.Day)).ToList();
            if (Compare(null, due) is { } difference) return $"{difference}\nafter the tick of {Days.ToDate(target.Day):yyyy-MM-dd}";
        }

        return null;
    }

    private string? Compare(string? account, IReadOnlyList<string> due)
    {
        // The reference feed knows adoption and stages so far.
        var came = target.Changes.Skip(reported).Where(change => change.Type <= ChangeType.Correction).Select(ReferenceFeed.Words).Order(StringComparer.Ordinal).ToList();
        var strange = account is null ? null : target.Changes.Skip(reported).FirstOrDefault(c => c.Account != account);
        reported = target.Changes.Count;
        Changes += came.Count;
        if (strange is not null) return $"{strange.Account} changed by a record of {account}";
        var expected = due.Order(StringComparer.Ordinal).ToList();
        return expected.SequenceEqual(came) ? null : $"due:\n  {string.Join("\n  ", expected)}\ncame:\n  {string.Join("\n  ", came)}";
    }
}
