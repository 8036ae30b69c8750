using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>An account's alerts as answers and rows show them.</summary>
internal static class AlertReading
{
    /// <summary>Null: the model has no alerts. The sentences are made when they are read.</summary>
    public static IReadOnlyList<AlertView>? Views(in AccountBlock block)
    {
        if (block.Model.Definition.Alerts is null) return null;
        var section = block.SectionSpan(block.Layout.Alerts);
        if (section.IsEmpty) return [];
        var scene = new AlertScene(block, block.Model.Alerts, Pins.Of(block));
        var views = new List<AlertView>();
        foreach (var entry in InOrder(block.Model, AlertBook.Read(section)))
        {
            if (entry.IsReadable(scene.ReadableDays(entry.Key.Type), block.Day)) views.Add(View(block, scene, entry));
        }

        return views;
    }

    public static AlertTally Tally(in AccountBlock block)
    {
        var tally = default(AlertTally);
        if (block.Model.Definition.Alerts is null) return tally;
        foreach (var entry in AlertBook.Read(block.SectionSpan(block.Layout.Alerts)).Entries) tally = tally.With(entry.State, entry.Severity);
        return tally;
    }

    public static void Glance(in AccountBlock block, int day, List<AlertGlance> alerts)
    {
        alerts.Clear();
        if (block.Model.Definition.Alerts is null) return;
        foreach (var entry in AlertBook.Read(block.SectionSpan(block.Layout.Alerts)).Entries)
        {
            if (!entry.IsReadable(block.Model.Alerts.ReadableDays(entry.Key.Type), day)) continue;
            alerts.Add(new AlertGlance(
                entry.Key.Type, entry.Key.Subject, entry.State, entry.Severity, Days.ToDate(entry.OpenedOn), entry.OpenedAtMs, entry.OpenedBy, entry.Assignee));
        }
    }

    private static List<AlertEntry> InOrder(CompiledModel model, AlertBook book)
    {
        var entries = new List<AlertEntry>(book.Entries);
        if (entries.Count > 1) entries.Sort((a, b) => Compare(model, a.Key, b.Key));
        return entries;
    }

    private static int Compare(CompiledModel model, in AlertKey a, in AlertKey b)
    {
        var order = (int)a.Type - (int)b.Type;
        if (order == 0 && a.Type is AlertType.ProductAdopted or AlertType.ProductLapsed or AlertType.ProductUnadopted)
            order = ((uint)model.ProductOf(a.Subject)).CompareTo((uint)model.ProductOf(b.Subject));
        return order != 0 ? order : string.CompareOrdinal(a.Subject, b.Subject);
    }

    private static AlertView View(in AccountBlock block, AlertScene scene, AlertEntry entry)
    {
        var figures = entry.IsLive ? AlertFacts.Now(block, scene, entry) : entry.Figures;
        return new AlertView
        {
            Model = block.Model.Definition,
            Numbers = figures,
            Type = entry.Key.Type,
            Subject = entry.Key.Subject,
            State = entry.State,
            Severity = entry.Severity,
            OpenedOn = Days.ToDate(entry.OpenedOn),
            OpenedAt = DateTimeOffset.FromUnixTimeMilliseconds(entry.OpenedAtMs),
            OpenedBy = entry.OpenedBy,
            Action = scene.Rule(entry.Key.Type).Action ?? block.Model.Definition.Stages[scene.Stage].Action,
            Owner = entry.Assignee ?? scene.Profile.Owner,
            AcknowledgedBy = entry.AcknowledgedBy,
            SnoozedUntil = DateOf(entry.SnoozedUntil),
            SnoozedUntilWorse = entry.UntilWorse,
            ResolvedOn = DateOf(entry.ResolvedOn),
            Resolution = entry.IsLive ? null : entry.Resolution,
            ResolvedBy = entry.ResolvedBy,
        };
    }

    private static DateOnly? DateOf(int day) => day == AccountBlock.NoDay ? null : Days.ToDate(day);
}
