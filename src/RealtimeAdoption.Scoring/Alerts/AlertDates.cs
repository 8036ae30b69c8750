using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>The days on which an alert changes by the passing of days alone, scores and windows not counted. May be early, never late.</summary>
internal static class AlertDates
{
    private const int RenewalSoonDays = 30;

    /// <summary>The first one after today; <see cref="AccountBlock.Never"/>: none.</summary>
    public static int Next(in AccountBlock block, AlertScene scene, AlertBook book, int nextChampion)
    {
        var dates = new Earliest(scene.Day);
        dates.At(block.EntitledUntil);
        foreach (var entry in book.Entries)
        {
            var rule = scene.Rule(entry.Key.Type);
            dates.At(AlertLife.NextDay(entry, rule, scene.Day));
            if (entry.Anchor.Day != AccountBlock.NoDay && rule.KeepDays > 0) dates.At(entry.Anchor.Day + rule.KeepDays);
        }

        if (scene.IsChurned) return dates.Day;
        dates.At(nextChampion);
        AddProducts(ref dates, scene);
        AddSeats(ref dates, block, scene);
        if (scene.Renewal is { } renewal && Asks(scene, AlertType.RenewalNear, out var near))
        {
            dates.At(renewal - near.WithinDays);
            dates.At(renewal - RenewalSoonDays);
            dates.At(renewal + 1);
        }

        if (scene.LastContact is { } contact && Asks(scene, AlertType.ContactDue, out var due)) dates.At(contact + due.AfterDays);
        if (scene.LastActivity is { } last && Asks(scene, AlertType.AccountSilent, out var silent))
        {
            dates.At(last + silent.AfterDays);
            dates.At(last + (2 * silent.AfterDays));
        }

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

    private static void AddSeats(ref Earliest dates, in AccountBlock block, AlertScene scene)
    {
        var asksLow = Asks(scene, AlertType.SeatsLow, out var low);
        if (scene.Seats is not > 0 || !(asksLow || Asks(scene, AlertType.SeatsFull, out _))) return;
        if (asksLow) dates.At(scene.FirstDay + low.AfterDays);
        dates.At(Champions.NextInactive(block));
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
