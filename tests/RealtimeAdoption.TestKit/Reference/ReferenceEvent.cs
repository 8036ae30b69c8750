using System.Numerics;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>A usage event as the model sees it: which product it names, which metrics it feeds and with what, whether it is activity.</summary>
public sealed class ReferenceEvent
{
    private readonly Dictionary<int, Feed> feeds = [];

    public ReferenceEvent(AdoptionModel model, Judged record)
    {
        Day = record.Day;
        TimeMs = record.TimeMs;
        User = record.Send.User;
        var send = record.Send;
        NamedProduct = NamesProduct(model, send);
        NpsScore = ScoreOf(send);
        for (var m = 0; m < model.Metrics.Count; m++)
            if (FeedOf(model.Metrics[m], send) is { } feed) feeds[m] = feed;
        var carriers = model.Metrics.Where(m => !m.IsWildcard && m.Event == send.Name).ToList();
        IsActivity = send.Name != "NPS Submitted" && (carriers.Count == 0 || carriers.Any(m => m.Kind != MetricKind.Gauge));
        for (var p = 0; p < model.Products.Count; p++)
            if (NamedProduct == p || feeds.Keys.Any(m => model.Metrics[m].Product == p)) ProductBits |= 1UL << p;
    }

    public int Day { get; }

    public long TimeMs { get; }

    public string? User { get; }

    public int? NamedProduct { get; }

    public bool IsActivity { get; }

    /// <summary>A user's NPS answer, 0..10; null: it is none.</summary>
    public decimal? NpsScore { get; }

    /// <summary>Bit p: it names or feeds product p.</summary>
    public ulong ProductBits { get; }

    /// <summary>The metrics that it feeds.</summary>
    public IEnumerable<int> Metrics => feeds.Keys;

    public bool Feeds(int metric, out Feed feed) => feeds.TryGetValue(metric, out feed);

    private static decimal? ScoreOf(Send send)
    {
        if (send.Name != "NPS Submitted" || send.User is null || send.Property("score") is not { Kind: Scoring.Records.PropertyKind.Number } number) return null;
        return ExactNumber.Parse(number.Text).Millionths() is { } millionths && millionths >= 0 && millionths <= 10_000_000 ? (decimal)millionths / 1_000_000m : null;
    }

    private static int? NamesProduct(AdoptionModel model, Send send)
    {
        if (send.Property("product") is not { Kind: Scoring.Records.PropertyKind.Text } named) return null;
        for (var p = 0; p < model.Products.Count; p++)
            if (model.Products[p].Id == named.Text) return p;
        return null;
    }

    private Feed? FeedOf(Metric metric, Send send)
    {
        if (metric.IsWildcard)
        {
            if (NamedProduct is null || NamedProduct != metric.Product) return null;
        }
        else
        {
            if (send.Name != metric.Event) return null;
            if (metric.Product is not null && NamedProduct is not null && NamedProduct != metric.Product) return null;
        }

        if (!metric.Where.All(filter => send.Property(filter.Property) is { } value && ScalarOf(value) is { } scalar && scalar == Filter(filter.Equal))) return null;
        switch (metric.Kind)
        {
            case MetricKind.Sum:
                if (metric.Value is null) return new(1_000_000, null);
                return NumberOf(send, metric) is { } added && added.Sign >= 0 ? new(added, null) : null;
            case MetricKind.Gauge:
                return NumberOf(send, metric) is { } shown ? new(shown, null) : null;
            case MetricKind.DistinctValues:
                return send.Property(metric.Value!) is { } told && ScalarOf(told) is { } distinct ? new(0, distinct) : null;
            case MetricKind.DistinctUsers:
                return send.User is null ? null : new(0, send.User);
            default:
                return new(0, null);
        }
    }

    private static BigInteger? NumberOf(Send send, Metric metric) =>
        send.Property(metric.Value!) is { Kind: Scoring.Records.PropertyKind.Number } number ? ExactNumber.Parse(number.Text).Millionths() : null;

    // A text that is the same for equal scalars and differs across kinds; null for what is no scalar.
    private static string? ScalarOf(PlainValue value) => value.Kind switch
    {
        Scoring.Records.PropertyKind.Text => $"text {value.Text}",
        Scoring.Records.PropertyKind.Number => $"number {ExactNumber.Parse(value.Text)}",
        Scoring.Records.PropertyKind.Boolean => $"truth {value.Text}",
        _ => null,
    };

    private static string Filter(Scalar equal) => equal.Kind switch
    {
        ScalarKind.Text => $"text {equal.Text}",
        ScalarKind.Number => $"number {ExactNumber.Parse(equal.Text)}",
        _ => $"truth {equal.Text}",
    };
}

/// <summary>What an event gives to a metric: the number of a sum or gauge in millionths, the user or value that is told apart.</summary>
public readonly record struct Feed(BigInteger Millionths, string? Distinct);
