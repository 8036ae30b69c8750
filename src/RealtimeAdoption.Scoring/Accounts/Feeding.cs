using System.Numerics;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What an event has moved, beyond adoption and the day of the last activity.</summary>
internal struct Fed
{
    /// <summary>The products with a metric that was fed.</summary>
    public ulong Products;

    /// <summary>Of those the ones that it may have moved.</summary>
    public ulong Judged;

    /// <summary>The products that the event was use of.</summary>
    public ulong Used;

    /// <summary>A gauge that is a measure of the health score was fed.</summary>
    public bool Gauge;

    /// <summary>One active user more.</summary>
    public bool UserCameAlive;

    /// <summary>It was a user's answer.</summary>
    public bool Nps;

    /// <summary>The account's NPS, as alerts see it, is another.</summary>
    public bool NpsMoved;
}

/// <summary>A usage event goes into the metrics, the users and the activity of its account, and the products that it can move are judged.</summary>
internal static class Feeding
{
    /// <summary>The event's day must be today or one of the late days.</summary>
    /// <param name="block">Up to date.</param>
    /// <param name="record">Of usage.</param>
    /// <param name="fed">What it has moved.</param>
    /// <param name="ofRebuild">Nobody asks what moved: <see cref="Fed.NpsMoved"/> is not found.</param>
    public static void Feed(in AccountBlock block, in Record record, out Fed fed, bool ofRebuild = false)
    {
        fed = default;
        var model = block.Model;
        var day = Days.Of(record.TimeMs);
        if (day < block.Day && model.Planted == PlantedBug.LateEventDropped) return;
        if (day < block.FirstDay) block.FirstDay = day;
        if (day > block.LastUsageDay) block.LastUsageDay = day;

        var named = record.TryProperty("product"u8, out var property) && property.Kind == PropertyKind.Text ? model.ProductOf(property.Value) : -1;
        var type = model.TypeOf(record.NameHash);
        var user = -1;
        if (record.UserHash != 0 && (type.IsActivity || named >= 0 || type.Feeds.Length > 0)) user = UserTable.Touch(block, record.UserHash, record.User);

        if (named >= 0) fed.Used = 1UL << named;
        var mayFall = day < block.Day || type.HasGauge || (named >= 0 && model.WildcardGauges);
        FeedAll(block, type.Feeds, record, named, user, day, mayFall, ref fed);
        if (named >= 0) FeedAll(block, model.Wildcards[named], record, named, user, day, mayFall, ref fed);
        if (type.IsActivity)
        {
            if (user >= 0) fed.UserCameAlive = MarkActive(block, user, day, fed.Used);
            if (day > block.LastActivityDay) block.LastActivityDay = day;
            if (day > block.Day - block.Layout.ActivityDays) Counters.AddActivity(block, day);
        }

        if (type.IsNps) TakeAnswer(block, record, ofRebuild, ref fed);
        if (fed.Judged != 0) Judge(block, fed.Judged, day, mayFall);
    }

    // True: the user was not active before.
    private static bool MarkActive(in AccountBlock block, int user, int day, ulong used)
    {
        var first = UserTable.FirstActiveDay(block);
        var cameAlive = day >= first && UserTable.LastDay(block, user) < first;
        if (cameAlive) block.PrefetchReported();
        UserTable.Activity(block, user, day, used);
        if (cameAlive) new HealthState(block).Head.ActiveUsers++;
        return cameAlive;
    }

    private static void TakeAnswer(in AccountBlock block, in Record record, bool ofRebuild, ref Fed fed)
    {
        fed.Nps = true;
        if (block.Model.Planted == PlantedBug.AnswerThrows) throw new InvalidOperationException("This answer breaks its account, as the test wants.");
        if (ofRebuild)
        {
            NpsAnswers.Take(block, record);
            return;
        }

        // One look at all answers: how they stand after this one follows.
        var days = block.Model.NpsDays;
        var tally = NpsAnswers.Count(block, days);
        var before = Nps.Of(block, tally, days);
        var after = Nps.Of(block, NpsAnswers.After(block, tally, NpsAnswers.Take(block, record), days), days);
        fed.NpsMoved = before.State != after.State || before.Value != after.Value;
    }

    /// <summary>
    /// The lines that the event will touch, and no other: of its metrics, the activity ring, its user's entry, and of health where an adopted product or an answer can move it. A line costs what it takes
    /// to bring it, about a twentieth of an event, whoever asks for it.
    /// </summary>
    public static void Prefetch(in AccountBlock block, in Record record)
    {
        var (layout, day, type) = (block.Layout, Days.Of(record.TimeMs), block.Model.TypeOf(record.NameHash));
        foreach (var metric in type.Feeds)
        {
            if (metric.Windows.Length == 0) continue;
            var section = block.Offset(metric.Index);
            if (metric.Kind == MetricKind.Gauge)
            {
                block.Prefetch(section + BlockLayout.GaugeBaseSize + (Ring.Place(day, layout.GaugeSlots) * BlockLayout.GaugeSlotSize), BlockLayout.GaugeSlotSize);
                continue;
            }

            var width = metric.Kind == MetricKind.Sum ? BlockLayout.SumWidth : 1;
            block.Prefetch(section, metric.TotalsSize + 1);
            block.Prefetch(section + metric.TotalsSize + 1 + (Ring.Place(day, metric.RingDays) * width), width);
        }

        if (type.IsActivity)
        {
            var section = block.Offset(layout.Activity);
            block.Prefetch(section, 1);
            block.Prefetch(section + 1 + Ring.Place(day, layout.ActivityDays), 1);
        }

        if (record.UserHash != 0 && UserTable.PlaceOf(block, record.UserHash) is var user and >= 0) block.Prefetch(user, 2 * layout.UserEntrySize);
        if (type.MayMoveHealth(block.Adopted)) block.Prefetch(block.Offset(layout.Health), layout.HealthHotSize);
    }

    private static void FeedAll(in AccountBlock block, CompiledMetric[] metrics, in Record record, int named, int user, int day, bool mayFall, ref Fed fed)
    {
        foreach (var metric in metrics)
        {
            if (metric.Product >= 0 && named >= 0 && named != metric.Product) continue;
            if (!Passes(metric, record) || !TryFeed(block, metric, record, user, day)) continue;
            fed.Gauge |= metric.IsMeasured;
            if (metric.Product < 0) continue;
            var product = 1UL << metric.Product;
            fed.Used |= product;
            fed.Products |= product;
            if (mayFall || ((block.Held & product) == 0 && MayRise(block, metric))) fed.Judged |= product;
        }
    }

    // A product that a metric has made rise meets that metric's criterion. It is at hand; the others' are not.
    private static bool MayRise(in AccountBlock block, CompiledMetric metric)
    {
        foreach (var criterion in metric.Criteria)
        {
            if (!Counters.TotalHolds(block, criterion)) return false;
        }

        return true;
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
                if (kept) Counters.AddOne(block, metric, day);
                return true;
            case MetricKind.ActiveDays:
                if (kept && Counters.DayValue(block, metric, day) == 0) Counters.AddOne(block, metric, day);
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

    // An event can only put a lapse off, but for a gauge, which may fall, and a late one, which may change what was carried: then the product's next due day
    // is looked for again. The account's stays the earliest of all that were found, so never later than the true one.
    private static void Judge(in AccountBlock block, ulong judged, int day, bool mayFall)
    {
        var products = block.Model.Products;
        for (; judged != 0; judged &= judged - 1)
        {
            var product = products[BitOperations.TrailingZeroCount(judged)];
            var isLate = day < block.Day;
            if (isLate) Adoption.Rejudge(block, product, day);
            if ((isLate || Adoption.Rise(block, product) || mayFall) && Adoption.LapseDue(block, product) is var due && due < block.NextDue) block.NextDue = due;
        }
    }
}
