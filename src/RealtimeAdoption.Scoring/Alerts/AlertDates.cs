using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>
/// The days on which an alert changes by the passing of days alone, scores and windows not counted. May be early, never late. What follows from profile and alerts is found when they are
/// judged; what follows from the last days of users moves with every event, and is looked for when somebody asks.
/// </summary>
internal static class AlertDates
{
    /// <summary>The first one after today; <see cref="AccountBlock.Never"/>: none.</summary>
    public static int Next(in AccountBlock block, AlertScene scene, AlertBook book)
    {
        var dates = new Earliest(scene.Day);
        dates.At(block.EntitledUntil);
        foreach (var entry in book.Entries)
        {
            var rule = scene.Rule(entry.Key.Type);
            dates.At(AlertLife.NextDay(entry, rule, scene.ReadableDays(entry.Key.Type), scene.Day));
            if (entry.Anchor.Day != AccountBlock.NoDay && rule.KeepDays > 0) dates.At(entry.Anchor.Day + rule.KeepDays);
        }

        if (scene.IsChurned) return dates.Day;
        AddProducts(ref dates, scene);
        if (Asks(scene, AlertType.SeatsLow, out var low)) dates.At(scene.FirstDay + low.AfterDays);
        if (scene.Renewal is { } renewal && Asks(scene, AlertType.RenewalNear, out var near))
        {
            dates.At(renewal - near.WithinDays);
            dates.At(renewal - AlertConditions.RenewalSoonDays);
            dates.At(renewal + 1);
        }

        if (scene.LastContact is { } contact && Asks(scene, AlertType.ContactDue, out var due)) dates.At(contact + due.AfterDays);
        return dates.Day;
    }

    /// <summary>The same of what follows from the days of activity. Allocates nothing.</summary>
    public static int NextOfUsers(in AccountBlock block)
    {
        var dates = new Earliest(block.Day);
        if (block.Is(BlockFlags.Churned) || block.LastActivityDay == AccountBlock.NoDay) return dates.Day;
        var rules = block.Model.Alerts.Of(HealthFacts.Segment(block));
        var silent = rules[(int)AlertType.AccountSilent];
        if (silent.Enabled)
        {
            dates.At(block.LastActivityDay + silent.AfterDays);
            dates.At(block.LastActivityDay + (2 * silent.AfterDays));
        }

        if (HealthFacts.Seats(block) > 0 && (rules[(int)AlertType.SeatsLow].Enabled || rules[(int)AlertType.SeatsFull].Enabled)) dates.At(Champions.NextInactive(block));
        if (rules[(int)AlertType.ChampionQuiet].Enabled) dates.At(Champions.NextQuiet(block));
        return dates.Day;
    }

    private static void AddProducts(ref Earliest dates, AlertScene scene)
    {
        if (scene.Primary is { } primary && scene.Second is null && Asks(scene, AlertType.SecondProductOverdue, out _)) dates.At(scene.Dates[primary].First!.Value + scene.SecondProductDays);
        if (!Asks(scene, AlertType.ProductUnadopted, out var unadopted)) return;
        foreach (var line in scene.Profile.Contract ?? [])
        {
            if (scene.Model.ProductOf(line.Product) >= 0) dates.At(line.Start + unadopted.AfterDays);
        }
    }

    private static bool Asks(AlertScene scene, AlertType type, out AlertRule rule) => (rule = scene.Rule(type)).Enabled;

    private struct Earliest(int today)
    {
        public int Day { get; private set; } = AccountBlock.Never;

        public void At(int day)
        {
            if (day > today && day < Day) Day = day;
        }
    }
}
