using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>A model's alert rules, resolved for each of its segments. Immutable, thread-safe.</summary>
internal sealed class CompiledAlerts
{
    private const int LeastReadableDays = 30;

    private readonly AlertRule[][] bySegment;
    private readonly Bounds[] bounds;
    private readonly int[] secondProductDays;
    private readonly int[] readableDays;

    public CompiledAlerts(AdoptionModel model)
    {
        var rules = model.Alerts ?? new AlertRules { Rules = [.. AlertRules.Defaults.Select(rule => rule with { Enabled = false })] };
        IsSilent = model.Alerts is null;
        LargeArr = rules.LargeArr;
        bySegment = [.. model.Segments.Select(segment => rules.SegmentRules.GetValueOrDefault(segment.Id) ?? rules.Rules).Prepend(rules.Rules).Select(own => own.ToArray())];
        bounds = [.. bySegment.Select(own => new Bounds(own))];
        readableDays = [.. bySegment[0].Select((_, type) => Math.Max(LeastReadableDays, bySegment.Max(own => own[type].CoolDownDays)))];
        secondProductDays = [.. bySegment.Select((own, index) => SecondProductDays(own, index == 0 ? null : model.Segments[index - 1].Benchmark))];
    }

    /// <summary>How long an ended alert of the type can be read, and its cool-down be asked: the same for all segments, for an account may change its own meanwhile.</summary>
    public int ReadableDays(AlertType type) => readableDays[(int)type];

    /// <summary>The model has no alerts: all rules are off, so that what another model opened ends.</summary>
    public bool IsSilent { get; }

    /// <summary>Null: no account is large.</summary>
    public decimal? LargeArr { get; }

    /// <summary>Bounds of a figure that is asked for often, as the number that it is compared with.</summary>
    public readonly record struct Bounds(double Shallow, double Ready, double Sentiment)
    {
        public Bounds(AlertRule[] of)
            : this((double)of[(int)AlertType.BreadthWithoutDepth].Below, (double)of[(int)AlertType.ExpansionReady].AtLeast, (double)of[(int)AlertType.SentimentLow].Below)
        {
        }
    }

    /// <summary>For a segment's index; -1: unknown.</summary>
    public ref readonly Bounds BoundsOf(int segment) => ref bounds[segment + 1];

    /// <summary>By type, for a segment's index; -1: unknown.</summary>
    public ReadOnlySpan<AlertRule> Of(int segment) => bySegment[segment + 1];

    public AlertRule Of(int segment, AlertType type) => bySegment[segment + 1][(int)type];

    /// <summary>Days after the first product's first adoption on which a second is due.</summary>
    public int SecondProductDays(int segment) => secondProductDays[segment + 1];

    private static int SecondProductDays(AlertRule[] rules, SegmentBenchmark? benchmark)
    {
        var rule = rules[(int)AlertType.SecondProductOverdue];
        return rule.IsOfSegment ? rule.AfterDays : benchmark?.SecondProductDays ?? rule.AfterDays;
    }
}
