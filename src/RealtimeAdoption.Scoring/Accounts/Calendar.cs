using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>The passing of days over an account, one by one, however many have gone by since it was last looked at.</summary>
internal static class Calendar
{
    public static void AdvanceTo(in AccountBlock block, int day)
    {
        while (block.Day < day) OpenNextDay(block);
    }

    private static void OpenNextDay(in AccountBlock block)
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
        var due = block.EntitledUntil;
        foreach (var product in block.Model.Products) due = Math.Min(due, Adoption.LapseDue(block, product));
        block.NextDue = due;
    }
}
