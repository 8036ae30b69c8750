using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Tests.Accounts;

/// <summary>Two products with thresholds small enough to count on one's fingers.</summary>
internal static class TinyModel
{
    public static AdoptionModel Of(int graceDays = 0, int lateDays = 7, int withinDays = 30) => new()
    {
        Version = "tiny",
        LateDays = lateDays,
        Metrics =
        [
            new Metric { Id = "made", Product = 0, Event = "Made", Kind = MetricKind.Count },
            new Metric { Id = "sent", Product = 0, Event = "Sent", Kind = MetricKind.Sum, Value = "quantity" },
            new Metric { Id = "level", Product = 1, Event = "Level", Kind = MetricKind.Gauge, Value = "value" },
        ],
        Products =
        [
            new Product { Id = "maker", Name = "Maker", GraceDays = graceDays, AdoptedWhen = [new Criterion(0, 3, withinDays), new Criterion(1, 1.5m, withinDays)] },
            new Product { Id = "meter", Name = "Meter", GraceDays = graceDays, AdoptedWhen = [new Criterion(2, 10, withinDays)] },
        ],
        Stages =
        [
            new Stage { Id = "none", Name = "None", From = 0, To = 0, ChurnRisk = "unknown", Priority = "activation", Action = "" },
            new Stage { Id = "one", Name = "One", From = 1, To = 1, ChurnRisk = "high", Priority = "critical", Action = "" },
            new Stage { Id = "all", Name = "All", From = 2, ChurnRisk = "low", Priority = "maintain", Action = "" },
        ],
        Segments = [],
    };

    public static (string, Scalar) Number(string name, string text) => (name, Scalar.OfNumber(text));
}
