using System.Globalization;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>An alert's reason: one plain sentence made from its figures, so that both say the same.</summary>
internal static class AlertWords
{
    public static string Reason(AdoptionModel model, AlertKey key, AlertFigures figures) => key.Type switch
    {
        AlertType.HealthSlip => Slip(figures),
        AlertType.StageUp => $"Stage rose from {StageName(model, figures.Text(Figure.From))} to {StageName(model, figures.Text(Figure.Stage))}, with {Products(figures)} adopted",
        AlertType.StageDown => $"Stage fell from {StageName(model, figures.Text(Figure.From))} to {StageName(model, figures.Text(Figure.Stage))}, with {Products(figures)} adopted",
        AlertType.ProductAdopted => $"{ProductName(model, key.Subject)} adopted on {figures.Text(Figure.AdoptedOn)}",
        AlertType.ProductLapsed => Lapse(model, key, figures),
        AlertType.ProductUnadopted => $"{ProductName(model, key.Subject)} paid for since {figures.Text(Figure.StartedOn)} and never adopted",
        AlertType.SecondProductOverdue => $"Only {ProductName(model, figures.Text(Figure.PrimaryProduct))} adopted, since {figures.Text(Figure.AdoptedOn)}; "
            + $"a second product was due within {Days(figures.Whole(Figure.DueAfterDays))}",
        AlertType.BreadthWithoutDepth => $"{Capital(Products(figures))} adopted, but at only {Percent(figures)} of full depth",
        AlertType.ChampionQuiet => $"{key.Subject}, active in {Products(figures)}, silent for {Days(figures.Whole(Figure.Days))}, since {figures.Text(Figure.LastActivityOn)}",
        AlertType.SeatsLow => $"Only {Seats(figures)}",
        AlertType.SeatsFull => Seats(figures),
        AlertType.SentimentLow => $"NPS is {Number(figures, Figure.Nps)}, as of {figures.Text(Figure.NpsOn)}",
        AlertType.RenewalNear => Renewal(figures),
        AlertType.ContactDue => $"No contact for {Days(figures.Whole(Figure.Days))}, last on {figures.Text(Figure.LastContact)}; due every {Days(figures.Whole(Figure.DueAfterDays))}",
        AlertType.ExpansionReady => $"Green, at {Percent(figures)} of full depth, and still to sell: {Listed(model, figures.Text(Figure.Whitespace))}",
        _ => $"No activity for {Days(figures.Whole(Figure.Days))}, last on {figures.Text(Figure.LastActivityOn)}",
    };

    private static string Slip(AlertFigures figures)
    {
        var most = figures.Text(Figure.Measure) is { Length: > 0 } measure ? $", {HowMuch(figures)} {measure.Replace('_', ' ')} ({Number(figures, Figure.Points)})" : "";
        if (figures.Has(Figure.Lost)) return $"Health fell by {Number(figures, Figure.Lost)} points within {Days(figures.Whole(Figure.WithinDays))}: {Scores(figures)}{most}";
        var fell = $"Health fell from {figures.Text(Figure.From)} to {figures.Text(Figure.To)}";
        return figures.Has(Figure.ScoreBefore) ? $"{fell}: {Scores(figures)}{most}" : fell;
    }

    // The measure is of the last step alone, and a fall may have had several.
    private static string HowMuch(AlertFigures figures)
    {
        var whole = figures.Number(Figure.ScoreBefore) - figures.Number(Figure.ScoreAfter);
        return -2 * figures.Number(Figure.Points) >= whole ? "most of it" : "lastly";
    }

    private static string Scores(AlertFigures figures) => $"{Number(figures, Figure.ScoreBefore, "0.0")} to {Number(figures, Figure.ScoreAfter, "0.0")}";

    private static string Lapse(AdoptionModel model, AlertKey key, AlertFigures figures)
    {
        var lapse = $"{ProductName(model, key.Subject)} lapsed on {figures.Text(Figure.LapsedOn)}";
        if (!figures.Has(Figure.Metric)) return lapse;
        var criterion = $"{figures.Text(Figure.Metric).Replace('_', ' ')} at {Number(figures, Figure.Value)} of {Number(figures, Figure.AtLeast)}";
        // The figure is of when it is read, not of the day of the lapse.
        return $"{lapse}; {criterion} in the last {Days(figures.Whole(Figure.WithinDays))}";
    }

    private static string Renewal(AlertFigures figures)
    {
        var left = figures.Whole(Figure.Days);
        // While a rebuild is pending the day may come and go before the alert is judged again.
        var when = left == 0 ? "Renewal today" : left < 0 ? $"Renewal was due {Days(-left)} ago" : $"Renewal in {Days(left)}";
        var health = figures.Text(Figure.Band) is { Length: > 0 } band ? $", health {band}" : "";
        var nps = figures.Has(Figure.Nps) ? $", NPS {Number(figures, Figure.Nps)}" : "";
        return $"{when} ({figures.Text(Figure.RenewalDate)}){health}{nps}";
    }

    private static string Seats(AlertFigures figures) =>
        $"{figures.Whole(Figure.ActiveUsers)} of {figures.Whole(Figure.Seats)} seats used in the last {Days(figures.Whole(Figure.WithinDays))}";

    private static string Products(AlertFigures figures) => figures.Whole(Figure.Products) switch
    {
        0 => "no product",
        1 => "1 product",
        var count => string.Create(CultureInfo.InvariantCulture, $"{count} products"),
    };

    private static string Days(int days) => days == 1 ? "1 day" : string.Create(CultureInfo.InvariantCulture, $"{days} days");

    private static string Percent(AlertFigures figures) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(figures.Number(Figure.Depth) * 100):0} %");

    private static string Number(AlertFigures figures, Figure name, string format = "0.######") => figures.Number(name).ToString(format, CultureInfo.InvariantCulture);

    private static string Listed(AdoptionModel model, string ids)
    {
        var names = ids.Split(", ").Select(id => ProductName(model, id)).ToArray();
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string ProductName(AdoptionModel model, string id) => model.Products.FirstOrDefault(product => product.Id == id)?.Name ?? id;

    private static string StageName(AdoptionModel model, string id) => model.Stages.FirstOrDefault(stage => stage.Id == id)?.Name ?? id;
}
