using System.Globalization;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>An event as it happened at its account, before anything is known of how it reaches us.</summary>
public sealed record Happening(long TimeMs, string? User, string Name, IReadOnlyList<(string Name, PlainValue Value)> Properties);

/// <summary>
/// Events that aim at a product's thresholds: for each criterion just enough, one too few or one more, from one edge of its window to the other.
/// </summary>
public sealed class EventGenerator(Dice dice, AdoptionModel model, int most)
{
    private static readonly PlainValue[] Features =
    [
        PlainValue.OfNumber("1"), PlainValue.OfNumber("1.0"), PlainValue.OfText("1"), PlainValue.OfNumber("10e-1"), PlainValue.OfBoolean(true), PlainValue.OfText("true"),
        PlainValue.OfNumber("2"), PlainValue.OfText("a"), PlainValue.OfText("A"), PlainValue.OfText(""), PlainValue.OfNumber("0"), PlainValue.OfNumber("-0"), PlainValue.OfNumber("0.0000001"),
        PlainValue.OfNumber("0.00000010"), PlainValue.OfBoolean(false), PlainValue.OfText("é"), PlainValue.OfNumber("1e300"), PlainValue.Null, PlainValue.OfJson("[1]"), PlainValue.OfJson("{\"a\":1}"),
    ];

    private static readonly string[] OddNumbers =
        ["0", "-1", "-0.0000001", "1e-7", "5e-7", "15e-7", "0.0000005", "0.0000015", "1e12", "1000000000000.0000001", "1000000000001", "1e13", "-1e12", "1e300", "0.1", "0.2", "12345678.9012345"];

    public List<Happening> Happenings { get; } = [];

    public bool Full => Happenings.Count >= most;

    /// <summary>A run at adoption of a product that starts on this day. Returns the last day it touches.</summary>
    public int Burst(int product, int day)
    {
        var last = day;
        foreach (var criterion in model.Products[product].AdoptedWhen)
        {
            var reach = dice.Of(0, 1, dice.Between(0, 6), criterion.WithinDays - 1, criterion.WithinDays - 1, criterion.WithinDays, dice.Between(0, criterion.WithinDays));
            last = Math.Max(last, day + reach);
            Feed(criterion, day, reach);
        }

        return last;
    }

    /// <summary>An event that need not fit anything.</summary>
    public void Noise(int day)
    {
        var metric = dice.OneOf(model.Metrics);
        if (dice.Chance(0.3)) Happenings.Add(new(TimeOn(day), User(), dice.Of("Nothing Known", "NPS Submitted", "Page"), [.. ProductName(null, 0.5)]));
        else Add(metric, day, User(), dice.Chance(0.5) ? PlainValue.OfNumber(dice.OneOf(OddNumbers)) : dice.OneOf(Features));
    }

    /// <summary>A user's NPS answer; now and then one that is none.</summary>
    public void Answer(int day)
    {
        var score = dice.Of("0", "3", "6", "7", "8", "9", "10", "10", "8.5", "6.5", "11", "-1");
        var user = dice.Chance(0.95) ? $"u{dice.Between(0, 6)}" : null;
        Happenings.Add(new(TimeOn(day), user, "NPS Submitted", [("score", dice.Chance(0.95) ? PlainValue.OfNumber(score) : PlainValue.OfText(score)), .. ProductName(null, 0)]));
    }

    /// <summary>So many events, users and values within a few days that whatever is kept in few bytes must grow.</summary>
    public void Crowd(int day)
    {
        var metric = dice.OneOf(model.Metrics);
        var days = dice.Between(1, 3);
        var users = dice.Of(3, 40, 300);
        for (var n = dice.Of(130, 270, 600); n > 0; n--)
        {
            var value = metric.Kind == MetricKind.DistinctValues ? PlainValue.OfText($"value {dice.Between(0, users)}") : PlainValue.OfNumber(dice.Of("1", "0.000001", "999999999999.999999", "1e12"));
            var properties = ProductName(metric.Product, metric.IsWildcard ? 1 : 0.25).Concat(metric.Where.Select(f => (f.Property, Told(f.Equal))));
            if (metric.Value is not null) properties = properties.Append((metric.Value, value));
            Happenings.Add(new(TimeOn(day + dice.Between(0, days)), $"crowd {dice.Between(0, users)}", metric.IsWildcard ? "Page" : metric.Event, [.. properties]));
        }
    }

    /// <summary>Enough to adopt a product, all dated at one instant.</summary>
    public void Ancient(long timeMs)
    {
        var from = Happenings.Count;
        Burst(dice.Between(0, model.Products.Count - 1), 20_000);
        for (var i = from; i < Happenings.Count; i++) Happenings[i] = Happenings[i] with { TimeMs = timeMs };
    }

    private void Feed(Criterion criterion, int day, int reach)
    {
        var metric = model.Metrics[criterion.Metric];
        var needed = (int)Math.Min(criterion.AtLeast, 60);
        var count = needed + dice.Of(-1, 0, 0, 0, 0, 1);
        switch (metric.Kind)
        {
            case MetricKind.Sum when metric.Value is not null:
                Sum(metric, criterion.AtLeast, day, reach);
                break;
            case MetricKind.Gauge:
                Gauge(metric, criterion.AtLeast, day, reach);
                break;
            case MetricKind.DistinctUsers:
                for (var i = 0; i < count; i++) Repeat(metric, Between(day, reach, i, count), $"u{i + dice.Of(0, 0, 1)}", () => Value(metric, i));
                break;
            case MetricKind.DistinctValues:
                for (var i = 0; i < count; i++) Repeat(metric, Between(day, reach, i, count), User(), () => Value(metric, i));
                break;
            case MetricKind.ActiveDays:
                for (var i = 0; i < count; i++) Repeat(metric, Math.Min(day + reach, day + i + dice.Of(0, 0, 0, 1)), User(), () => Value(metric, i));
                break;
            default:
                for (var i = 0; i < count; i++) Add(metric, Between(day, reach, i, count), User(), Value(metric, i));
                break;
        }
    }

    // The first on the first day, the last on the last, the rest anywhere between.
    private int Between(int day, int reach, int index, int count) =>
        index == 0 ? day : index == count - 1 ? day + reach : day + dice.Between(0, dice.Chance(0.5) ? Math.Min(reach, 3) : reach);

    private void Repeat(Metric metric, int day, string? user, Func<PlainValue> value)
    {
        Add(metric, day, user, value());
        if (dice.Chance(0.2)) Add(metric, day + dice.Of(0, 0, 1), user, value());
    }

    private PlainValue Value(Metric metric, int index) => metric.Kind switch
    {
        MetricKind.DistinctValues => dice.Chance(0.6) ? PlainValue.OfText($"f{index}") : dice.OneOf(Features),
        MetricKind.Gauge or MetricKind.Sum => PlainValue.OfNumber(dice.OneOf(OddNumbers)),
        _ => dice.OneOf(Features),
    };

    // Parts that add up to the threshold, to the last millionth, or miss it by one.
    private void Sum(Metric metric, decimal atLeast, int day, int reach)
    {
        var parts = dice.Between(1, 4);
        var left = atLeast + dice.Of(0m, 0m, 0m, -0.000001m, 0.000001m, 1m);
        for (var i = 0; i < parts && left >= 0; i++)
        {
            var part = i == parts - 1 ? left : Math.Round(left * dice.Between(1, 99) / 100m, 6);
            left -= part;
            Add(metric, Between(day, reach, i, parts), User(), PlainValue.OfNumber(Text(part)));
        }

        if (dice.Chance(0.2)) Add(metric, day, User(), PlainValue.OfNumber(dice.OneOf(OddNumbers)));
    }

    private void Gauge(Metric metric, decimal atLeast, int day, int reach)
    {
        var count = dice.Between(1, 3);
        for (var i = 0; i < count; i++)
        {
            var value = atLeast + dice.Of(0m, 0m, 0m, 1m, -0.000001m, -atLeast, -atLeast - 1m, 0.0000005m);
            Add(metric, Between(day, reach, i, count), dice.Chance(0.3) ? User() : null, PlainValue.OfNumber(Text(value)));
            if (!dice.Chance(0.3)) continue;
            // Another at the same instant or near it.
            var twin = Happenings[^1];
            Happenings.Add(twin with { TimeMs = twin.TimeMs + dice.Of(0, 0, 1), Properties = [.. twin.Properties.Select(p => p.Name == metric.Value ? (p.Name, PlainValue.OfNumber(Text(value + dice.Of(-1m, 1m)))) : p)] });
        }
    }

    private string Text(decimal value)
    {
        var plain = value.ToString(CultureInfo.InvariantCulture);
        return dice.Of(0, 0, 0, 1, 2) switch
        {
            1 => (value * 10m).ToString(CultureInfo.InvariantCulture) + "e-1",
            2 => plain.Contains('.', StringComparison.Ordinal) ? plain + "0" : plain + ".0",
            _ => plain,
        };
    }

    private void Add(Metric metric, int day, string? user, PlainValue value)
    {
        if (Full) return;
        var properties = new List<(string, PlainValue)>();
        properties.AddRange(ProductName(metric.Product, metric.IsWildcard ? 0.97 : 0.25));
        foreach (var filter in metric.Where)
        {
            if (dice.Chance(0.04)) continue;
            properties.Add((filter.Property, dice.Chance(0.05) ? dice.OneOf(Features) : Told(filter.Equal)));
        }

        if (metric.Value is not null && !dice.Chance(0.02)) properties.Add((metric.Value, dice.Chance(0.03) ? dice.OneOf(Features) : value));
        if (dice.Chance(0.1)) properties.Add(("note", dice.OneOf(Features)));
        Happenings.Add(new(TimeOn(day), user, metric.IsWildcard ? dice.Of("Page", "Any Thing", "Alpha Done") : metric.Event, properties));
    }

    private IEnumerable<(string, PlainValue)> ProductName(int? product, double chance)
    {
        if (product is { } own && dice.Chance(chance)) yield return ("product", PlainValue.OfText(model.Products[own].Id));
        else if (dice.Chance(product is null ? 0.3 : 0.03)) yield return ("product", PlainValue.OfText(dice.OneOf(model.Products).Id));
        else if (dice.Chance(0.03)) yield return ("product", dice.Of(PlainValue.OfText("unknown"), PlainValue.OfNumber("1"), PlainValue.Null, PlainValue.OfText("CRM")));
    }

    private static PlainValue Told(Scalar scalar) => scalar.Kind switch
    {
        ScalarKind.Text => PlainValue.OfText(scalar.Text),
        ScalarKind.Boolean => PlainValue.OfBoolean(scalar.Text == "true"),
        _ => PlainValue.OfNumber(scalar.Text),
    };

    private string? User() => dice.Chance(0.1) ? null : $"u{dice.Between(0, 6)}";

    private long TimeOn(int day) => Days.StartMs(day) + dice.Of(0, 1, Days.MsPerDay - 1, dice.Between(0L, Days.MsPerDay - 1), dice.Between(0L, Days.MsPerDay - 1), dice.Between(0L, Days.MsPerDay - 1));
}
