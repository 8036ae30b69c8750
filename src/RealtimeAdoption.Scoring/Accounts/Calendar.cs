using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>The passing of days over an account, one by one, however many have gone by since it was last looked at.</summary>
internal static class Calendar
{
    public static void AdvanceTo(in AccountBlock block, int day)
    {
        while (block.Day < day)
        {
            Closes.Take(block);
            OpenNextDay(block);
        }
    }

    /// <summary>Whoever calls this has taken the close of the day that ends.</summary>
    public static void OpenNextDay(in AccountBlock block)
    {
        OpenWindows(block);
        HealthScore.Renew(block);
    }

    /// <summary>All of a day's opening but its score, for a rebuild, which needs the last days' scores only.</summary>
    public static void OpenWindows(in AccountBlock block)
    {
        var opened = block.Day + 1;
        Adoption.CloseDay(block);
        foreach (var metric in block.Model.Metrics)
        {
            if (metric.Windows.Length == 0) continue;
            if (metric.Kind == MetricKind.Gauge) Gauges.OpenDay(block, metric, opened);
            else Counters.OpenDay(block, metric, opened);
        }

        Ring.Clear(ref block.Section(block.Layout.Activity), 0, block.Layout.ActivityDays, opened);
        block.Day = opened;
        Adoption.OpenDay(block);
        if (opened >= block.EntitledUntil) Entitlement.Refresh(block, Profile.Read(block));
        Entitlement.Place(block);
    }

    /// <summary>Looks ahead for the next day on which something changes by itself.</summary>
    public static void FindNextDue(in AccountBlock block)
    {
        if (IsInMotion(block))
        {
            block.NextDue = block.Day + 1;
            return;
        }

        var due = Math.Min(block.EntitledUntil, Pins.NextDue(block));
        foreach (var product in block.Model.Products) due = Math.Min(due, Adoption.LapseDue(block, product));
        if (block.Model.MotionDays > 0) due = Math.Min(due, Math.Min(Nps.NextChange(block), AlertJudge.NextDue(block)));
        block.NextDue = Math.Max(due, block.Day + 1);
    }

    /// <summary>
    /// Scores move from day to day: windows are not empty yet, closes of another score are still looked at, or today's close will be recorded. Once none of it is so, only what has a date
    /// can change anything.
    /// </summary>
    private static bool IsInMotion(in AccountBlock block)
    {
        var motionDays = block.Model.MotionDays;
        if (motionDays == 0) return false;
        ref var head = ref new HealthState(block).Head;
        return (block.LastUsageDay != AccountBlock.NoDay && block.Day - block.LastUsageDay < motionDays)
            || !Closes.AreSettled(block)
            || ((head.Flags & HealthFlags.Covered) != HealthFlags.None && RecordedScore.IsOld(block));
    }

    /// <summary>After a usage event: the days to come move the score.</summary>
    public static void SetInMotion(in AccountBlock block)
    {
        if (block.Model.MotionDays > 0 && block.NextDue > block.Day + 1) block.NextDue = block.Day + 1;
    }
}
