using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>The figures behind an alert: those of now, and those that only its opening knew.</summary>
internal static class AlertFacts
{
    // Of slips and stages, the first types.
    private static readonly Figure[] OfOpening = [Figure.From, Figure.To, Figure.ScoreBefore, Figure.ScoreAfter, Figure.Lost, Figure.WithinDays, Figure.Measure, Figure.Points];

    /// <summary>A slip's: the bands, the score around it, and what took most away in the last step.</summary>
    public static AlertFigures OfSlip(AlertScene scene, Band from, ScoreMove? move)
    {
        var figures = new AlertFigures();
        var to = scene.MeasuredBand;
        if (to < from)
        {
            figures.Put(Figure.From, Bands.Name(from)).Put(Figure.To, Bands.Name(to));
            if (move is { Before: { } before, After: { } after } && after < before) figures.Put(Figure.ScoreBefore, Tenth(before)).Put(Figure.ScoreAfter, Tenth(after));
        }
        else if (scene.HighCloseTenths is { } high && scene.ScoreTenths is { } score)
        {
            figures.Put(Figure.ScoreBefore, high / 10m).Put(Figure.ScoreAfter, score / 10m).Put(Figure.Lost, (high - score) / 10m);
            figures.Put(Figure.WithinDays, scene.Model.Definition.Health?.Slip.WithinDays);
        }

        if (move is not { Measures.Count: > 0 }) return figures;
        var worst = move.Measures.MinBy(measure => measure.After - measure.Before);
        if (worst.After - worst.Before <= -0.05) figures.Put(Figure.Measure, worst.Measure).Put(Figure.Points, Tenth(worst.After - worst.Before));
        return figures;
    }

    /// <summary>A stage's: where it was.</summary>
    public static AlertFigures OfStage(string from) => new AlertFigures().Put(Figure.From, from);

    /// <summary>As of now.</summary>
    public static AlertFigures Now(in AccountBlock block, AlertScene scene, AlertEntry entry)
    {
        var figures = new AlertFigures();
        foreach (var name in entry.Key.Type <= AlertType.StageDown ? OfOpening : [])
        {
            if (entry.Figures.Find(name) is { } value) figures.Put(name, value);
        }

        var rule = scene.Rule(entry.Key.Type);
        switch (entry.Key.Type)
        {
            case AlertType.HealthSlip:
                figures.Put(Figure.Band, Bands.Name(scene.ShownBand)).Put(Figure.Score, scene.ScoreTenths / 10m);
                break;
            case AlertType.StageUp or AlertType.StageDown:
                figures.Put(Figure.Stage, scene.Model.Definition.Stages[scene.Stage].Id).Put(Figure.Products, scene.CountedProducts);
                break;
            case AlertType.ProductAdopted:
                figures.PutDay(Figure.AdoptedOn, entry.Anchor.Day);
                break;
            case AlertType.ProductLapsed:
                figures.PutDay(Figure.LapsedOn, entry.Anchor.Day);
                PutFirstUnmet(block, entry.Key.Subject, figures);
                break;
            case AlertType.ChampionQuiet:
                figures.Put(Figure.Products, entry.Figures.Whole(Figure.Products));
                PutDays(figures, scene, Figure.LastActivityOn, entry.Anchor.Day);
                break;
            default:
                // What it speaks of may have gone since it was judged, while a rebuild is pending.
                if (!TryPutState(figures, scene, rule, entry.Key)) return entry.Figures;
                break;
        }

        if (scene.IsLarge) figures.Put(Figure.Arr, scene.Arr);
        return figures;
    }

    private static bool TryPutState(AlertFigures figures, AlertScene scene, AlertRule rule, AlertKey key)
    {
        switch (rule.Type)
        {
            case AlertType.ProductUnadopted when scene.PaidSince(key.Subject) is { } since:
                PutDays(figures, scene, Figure.StartedOn, since);
                break;
            case AlertType.SecondProductOverdue when scene.Primary is { } primary:
                figures.Put(Figure.PrimaryProduct, scene.Model.Definition.Products[primary].Id);
                PutDays(figures, scene, Figure.AdoptedOn, scene.Dates[primary].First!.Value).Put(Figure.DueAfterDays, scene.SecondProductDays);
                break;
            case AlertType.BreadthWithoutDepth:
                figures.Put(Figure.Products, scene.CountedProducts).Put(Figure.Depth, scene.Depth);
                break;
            case AlertType.SeatsLow or AlertType.SeatsFull:
                figures.Put(Figure.ActiveUsers, scene.ActiveUsers).Put(Figure.Seats, scene.Seats).Put(Figure.WithinDays, scene.Model.Definition.Users.ActiveDays);
                break;
            case AlertType.SentimentLow when scene.Nps.State == MeasureState.Present:
                figures.Put(Figure.Nps, NpsOf(scene)).PutDay(Figure.NpsOn, scene.Nps.Day);
                break;
            case AlertType.RenewalNear when scene.Renewal is { } renewal:
                figures.PutDay(Figure.RenewalDate, renewal).Put(Figure.Days, renewal - scene.Day);
                if (scene.ShownBand != Band.Unknown) figures.Put(Figure.Band, Bands.Name(scene.ShownBand));
                if (scene.IsNpsLow) figures.Put(Figure.Nps, NpsOf(scene));
                figures.Put(Figure.Arr, scene.Arr);
                break;
            case AlertType.ContactDue when scene.LastContact is { } contact:
                PutDays(figures, scene, Figure.LastContact, contact).Put(Figure.DueAfterDays, rule.AfterDays);
                break;
            case AlertType.ExpansionReady:
                figures.Put(Figure.Depth, scene.Depth).Put(Figure.Whitespace, string.Join(", ", WhitespaceIds(scene)));
                break;
            case AlertType.AccountSilent when scene.LastActivity is { } last:
                PutDays(figures, scene, Figure.LastActivityOn, last);
                break;
            default:
                return false;
        }

        return true;
    }

    private static AlertFigures PutDays(AlertFigures figures, AlertScene scene, Figure name, int day) => figures.PutDay(name, day).Put(Figure.Days, scene.Day - day);

    private static void PutFirstUnmet(in AccountBlock block, string product, AlertFigures figures)
    {
        if (block.Model.ProductOf(product) is not (>= 0 and var index)) return;
        foreach (var criterion in block.Model.Products[index].Criteria)
        {
            var units = Adoption.ValueOn(block, criterion, block.Day);
            if (units >= criterion.ThresholdUnits) continue;
            figures.Put(Figure.Metric, criterion.Metric.Definition.Id).Put(Figure.Value, units is { } value ? DecimalText.ToDecimal(value) : 0m);
            figures.Put(Figure.AtLeast, criterion.Definition.AtLeast).Put(Figure.WithinDays, criterion.Within);
            return;
        }
    }

    private static IEnumerable<string> WhitespaceIds(AlertScene scene) =>
        scene.Model.Products.Where(product => (scene.Whitespace & product.Bit) != 0).Select(product => product.Definition.Id);

    private static decimal NpsOf(AlertScene scene) => Math.Round((decimal)scene.Nps.Value, 1, MidpointRounding.AwayFromZero);

    private static decimal Tenth(double points) => Math.Round((decimal)points, 1, MidpointRounding.AwayFromZero);
}
