using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>Keeps an account's measures and score up to date: all of it when a day opens, and after an event only what the event can have moved.</summary>
internal static class HealthScore
{
    private const double Nano = 1e9;
    private const long NanoPerTenth = 100_000_000;

    /// <summary>Everything anew, from the windows, the users and the profile's part in the head. True: the shown score, or whether it counts, differs.</summary>
    public static bool Renew(in AccountBlock block)
    {
        var state = new HealthState(block);
        ref var head = ref state.Head;
        head.ActiveUsers = UserTable.CountActive(block);
        for (var rest = block.Adopted & block.Entitled; rest != 0; rest &= rest - 1)
        {
            var product = BitOperations.TrailingZeroCount(rest);
            state.Depths[product] = Measures.DepthOf(block, block.Model.Products[product]);
        }

        if (block.Model.Health is not { } rules) return false;
        head.HighClose = Closes.Highest(block, rules.Rules.Slip.WithinDays);
        var presenceMoved = false;
        foreach (var measure in rules.Measures)
        {
            ref var value = ref state.Values[measure.Index];
            var before = value;
            value = Measures.Value(block, measure);
            presenceMoved |= double.IsNaN(before) != double.IsNaN(value);
        }

        return Place(block, rules, presenceMoved);
    }

    /// <summary>An event of today can have moved a measure: ask <see cref="AfterEvent"/>, before which the measures are what they were. Allocates nothing.</summary>
    public static bool MayMove(in AccountBlock block, in Fed fed, bool adoptedMoved, bool lastDayMoved, out bool depthMoved)
    {
        depthMoved = RenewDepths(block, fed.Products, adoptedMoved);
        return block.Model.Health is not null && (depthMoved || adoptedMoved || lastDayMoved || fed.UserCameAlive || fed.Gauge || fed.Nps);
    }

    /// <summary>After an event of today that flipped nothing but what it says. Allocates nothing. True: the shown score, or whether it counts, differs.</summary>
    public static bool AfterEvent(in AccountBlock block, in Fed fed, bool adoptedMoved, bool lastDayMoved, bool depthMoved)
    {
        if (block.Model.Health is not { } rules) return false;
        var values = new HealthState(block).Values;
        bool moved = false, presenceMoved = false;
        foreach (var measure in rules.Measures)
        {
            var touched = measure.Kind switch
            {
                MeasureKind.Breadth => adoptedMoved,
                MeasureKind.Depth => depthMoved || adoptedMoved,
                MeasureKind.Recency => lastDayMoved,
                MeasureKind.Seats => fed.UserCameAlive,
                MeasureKind.Sentiment => fed.Nps,
                MeasureKind.Gauge => fed.Gauge,
                _ => false,
            };
            if (!touched) continue;
            ref var value = ref values[measure.Index];
            var before = value;
            value = Measures.Value(block, measure);
            presenceMoved |= double.IsNaN(before) != double.IsNaN(value);
            moved |= !before.Equals(value);
        }

        return moved && Place(block, rules, presenceMoved);
    }

    // Of what was fed today, or of all when the adopted products changed. A product that is full stays so through its counts.
    private static bool RenewDepths(in AccountBlock block, ulong fed, bool adoptedMoved)
    {
        var counted = block.Adopted & block.Entitled;
        if (!adoptedMoved) counted &= fed;
        if (counted == 0) return false;
        var depths = new HealthState(block).Depths;
        var moved = false;
        for (; counted != 0; counted &= counted - 1)
        {
            var product = block.Model.Products[BitOperations.TrailingZeroCount(counted)];
            ref var depth = ref depths[product.Index];
            if (depth == 1 && !product.HasGauge && !adoptedMoved) continue;
            var before = depth;
            depth = Measures.DepthOf(block, product);
            moved |= depth != before;
        }

        return moved;
    }

    // The score from the values: a handful of multiplications.
    private static bool Place(in AccountBlock block, CompiledHealth rules, bool presenceMoved)
    {
        var state = new HealthState(block);
        ref var head = ref state.Head;
        var weights = rules.WeightsAsDouble[head.Segment + 1];
        var values = state.Values;
        double weighted = 0, present = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i])) continue;
            weighted += weights[i] * values[i];
            present += weights[i];
        }

        var (tenths, covered) = (head.Tenths, head.Flags & HealthFlags.Covered);
        head.Score = present > 0 ? weighted / present : double.NaN;
        head.Tenths = ToTenths(head.Score);
        if (presenceMoved) Cover(block, rules);
        return tenths != head.Tenths || covered != (head.Flags & HealthFlags.Covered);
    }

    private static void Cover(in AccountBlock block, CompiledHealth rules)
    {
        var state = new HealthState(block);
        ref var head = ref state.Head;
        head.Flags = (head.Flags & ~HealthFlags.Covered) | (rules.IsCovered(head.Segment, state.Values) ? HealthFlags.Covered : HealthFlags.None);
    }

    /// <summary>Half-even to 9 decimals, then half-up to 1: in whole numbers, so that no tie is decided by chance.</summary>
    public static short ToTenths(double score) =>
        double.IsNaN(score) ? HealthState.None : (short)(((long)Math.Round(score * Nano, MidpointRounding.ToEven) + (NanoPerTenth / 2)) / NanoPerTenth);

    /// <summary>Each measure's part in the score as it stands; they add up to it. 0 where it is not present.</summary>
    public static void Contributions(in AccountBlock block, Span<double> parts)
    {
        var state = new HealthState(block);
        Contributions(state.Values, block.Model.Health!.WeightsAsDouble[state.Head.Segment + 1], parts);
    }

    /// <summary>The same of values and weights that stood once.</summary>
    public static void Contributions(ReadOnlySpan<double> values, ReadOnlySpan<double> weights, Span<double> parts)
    {
        double present = 0;
        for (var i = 0; i < values.Length; i++) present += double.IsNaN(values[i]) ? 0 : weights[i];
        for (var i = 0; i < values.Length; i++) parts[i] = double.IsNaN(values[i]) || present == 0 ? 0 : weights[i] * values[i] / present;
    }

    /// <summary>What the score takes from the profile: seats, NPS, segment.</summary>
    public static void TakeProfile(in AccountBlock block, Profile profile)
    {
        ref var head = ref new HealthState(block).Head;
        head.Seats = profile.Seats ?? HealthState.None;
        head.Nps = profile.Nps ?? long.MinValue;
        head.NpsDay = profile.NpsDay ?? 0;
        var segment = (short)block.Model.SegmentOf(profile.Segment, profile.Employees);
        if (segment == head.Segment) return;
        head.Segment = segment;
        if (block.Model.Health is { } rules) Cover(block, rules);
    }

    /// <summary>A state before its first record: nothing known, nothing told.</summary>
    public static void Begin(in AccountBlock block)
    {
        ref var head = ref new HealthState(block).Head;
        head.Score = head.RecordedScore = double.NaN;
        head.Tenths = head.RecordedTenths = head.HighClose = HealthState.None;
        head.Segment = HealthState.None;
        new HealthState(block).Values.Fill(double.NaN);
        Closes.Clear(block);
    }
}
