using System.Numerics;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>A usage event goes into the metrics, the users and the activity of its account, and the products that it can move are judged.</summary>
internal static class Feeding
{
    /// <summary>The event's day must be today or one of the late days. True: something may now lapse sooner than was foreseen.</summary>
    public static bool Feed(in AccountBlock block, in Record record)
    {
        var model = block.Model;
        var day = Days.Of(record.TimeMs);
        if (day < block.Day && model.Planted == PlantedBug.LateEventDropped) return false;
        if (day < block.FirstDay) block.FirstDay = day;

        var named = record.TryProperty("product"u8, out var property) && property.Kind == PropertyKind.Text ? model.ProductOf(property.Value) : -1;
        var type = model.TypeOf(record.NameHash);
        var user = -1;
        if (record.UserHash != 0 && (type.IsActivity || named >= 0 || type.Feeds.Length > 0)) user = UserTable.Touch(block, record.UserHash, record.User);

        var usedBy = named >= 0 ? 1UL << named : 0;
        ulong fed = 0;
        FeedAll(block, type.Feeds, record, named, user, day, ref usedBy, ref fed);
        if (named >= 0) FeedAll(block, model.Wildcards[named], record, named, user, day, ref usedBy, ref fed);
        if (type.IsActivity)
        {
            if (user >= 0) UserTable.Activity(block, user, day, usedBy);
            if (day > block.LastActivityDay) block.LastActivityDay = day;
            if (day > block.Day - block.Layout.ActivityDays) Counters.AddToRing(block, block.Layout.Activity, 0, block.Layout.ActivityDays, day, 1);
        }

        var adopted = block.Adopted;
        Judge(block, fed, day);
        return adopted != block.Adopted || (fed != 0 && (day < block.Day || type.HasGauge || (named >= 0 && model.WildcardGauges)));
    }

    private static void FeedAll(in AccountBlock block, CompiledMetric[] metrics, in Record record, int named, int user, int day, ref ulong usedBy, ref ulong fed)
    {
        foreach (var metric in metrics)
        {
            if (metric.Product >= 0 && named >= 0 && named != metric.Product) continue;
            if (!Passes(metric, record) || !TryFeed(block, metric, record, user, day)) continue;
            if (metric.Product < 0) continue;
            usedBy |= 1UL << metric.Product;
            fed |= 1UL << metric.Product;
        }
    }

    private static bool Passes(CompiledMetric metric, in Record record)
    {
        foreach (var filter in metric.Where)
        {
            if (!filter.Holds(record)) return false;
        }

        return true;
    }

    // False: the event does not feed the metric. A metric that nobody asks about is fed all the same: its product was used.
    private static bool TryFeed(in AccountBlock block, CompiledMetric metric, in Record record, int user, int day)
    {
        var kept = metric.Windows.Length > 0;
        switch (metric.Kind)
        {
            case MetricKind.Count:
                if (kept) Counters.Add(block, metric, day, 1);
                return true;
            case MetricKind.ActiveDays:
                if (kept && Counters.DayValue(block, metric, day) == 0) Counters.Add(block, metric, day, 1);
                return true;
            case MetricKind.Sum:
                long amount = DecimalText.Unit;
                if (metric.Value.Length > 0 && (!TryNumber(record, metric.Value, out amount) || amount < 0)) return false;
                if (kept) Counters.Add(block, metric, day, amount);
                return true;
            case MetricKind.Gauge:
                if (!TryNumber(record, metric.Value, out var value)) return false;
                if (kept) Gauges.Set(block, metric, day, (int)(record.TimeMs - Days.StartMs(day)), value);
                return true;
            case MetricKind.DistinctUsers:
                if (user < 0) return false;
                if (kept) UserTable.Feed(block, metric, user, day);
                return true;
            default:
                if (!record.TryProperty(metric.Value, out var property) || property.Kind is PropertyKind.Null or PropertyKind.Json) return false;
                if (kept) DistinctValues.Feed(block, metric, property, day);
                return true;
        }
    }

    private static bool TryNumber(in Record record, ReadOnlySpan<byte> name, out long units)
    {
        units = 0;
        return record.TryProperty(name, out var property) && property.Kind == PropertyKind.Number && DecimalText.TryUnits(property.Value, out units);
    }

    private static void Judge(in AccountBlock block, ulong fed, int day)
    {
        var products = block.Model.Products;
        while (fed != 0)
        {
            var product = products[BitOperations.TrailingZeroCount(fed)];
            fed &= fed - 1;
            if (day == block.Day) Adoption.Rise(block, product);
            else Adoption.Rejudge(block, product, day);
        }
    }
}
