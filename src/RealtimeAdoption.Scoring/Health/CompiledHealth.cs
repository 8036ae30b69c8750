using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>The health rules in the form that the core runs: weights by segment, edges in tenths of a point, coverage as whole numbers. Immutable, thread-safe.</summary>
internal sealed class CompiledHealth
{
    /// <summary>Points are shown to a tenth.</summary>
    public const int Tenths = 10;

    // Beyond so many measures the sets of them are too many to be listed.
    private const int ListedMeasures = 10;

    private readonly BigInteger[][] exactWeights;
    private readonly BigInteger[] neededWeights;

    // By segment, then by the set of measures present, a bit each; empty where they are not listed.
    private readonly bool[][] covered = [];

    public CompiledHealth(CompiledModel model, HealthRules rules)
    {
        Rules = rules;
        Measures = [.. rules.Measures.Select((measure, index) => new CompiledMeasure(model, measure, index))];
        var segments = model.Definition.Segments.Select(segment => model.Planted == PlantedBug.SegmentWeightsIgnored ? null : segment.Id).Prepend(null).ToArray();
        Weights = [.. segments.Select(segment => Measures.Select(measure => measure.WeightIn(segment)).ToArray())];
        WeightsAsDouble = [.. Weights.Select(weights => weights.Select(weight => (double)weight).ToArray())];
        exactWeights = [.. Weights.Select(weights => weights.Select(Whole).ToArray())];

        // present / all < min, both sides times all: no division decides.
        neededWeights = [.. exactWeights.Select(weights => weights.Aggregate(BigInteger.Zero, (sum, weight) => sum + weight) * Whole(rules.MinCoverage))];
        if (Measures.Length <= ListedMeasures) covered = [.. exactWeights.Select((_, segment) => CoveredSets(segment))];
        EdgeTenths = [CeilingTenths(rules.Bands.YellowFrom), CeilingTenths(rules.Bands.GreenFrom)];
        var margin = model.Planted == PlantedBug.BandMarginIgnored ? 0 : rules.Bands.Margin;
        RiseTenths = [CeilingTenths(rules.Bands.YellowFrom + margin), CeilingTenths(rules.Bands.GreenFrom + margin)];
        SinkTenths = [CeilingTenths(rules.Bands.YellowFrom - margin), CeilingTenths(rules.Bands.GreenFrom - margin)];
        FallTenths = CeilingTenths(rules.Slip.Fall);
    }

    public HealthRules Rules { get; }

    public CompiledMeasure[] Measures { get; }

    /// <summary>By segment (0: unknown, then the model's), then by measure.</summary>
    public decimal[][] Weights { get; }

    public double[][] WeightsAsDouble { get; }

    /// <summary>For yellow, green: the least score in it by the edges alone.</summary>
    public int[] EdgeTenths { get; }

    /// <summary>For yellow, green: the least score with which an account rises into it.</summary>
    public int[] RiseTenths { get; }

    /// <summary>For yellow, green: an account sinks out of it under this score.</summary>
    public int[] SinkTenths { get; }

    public int FallTenths { get; }

    /// <summary>The measures present (not NaN) have the weight that it takes to judge the band. Exact; called when the presence of a measure changes.</summary>
    public bool IsCovered(int segment, ReadOnlySpan<double> values)
    {
        if (covered.Length == 0) return IsEnough(segment + 1, values);
        var present = 0;
        for (var measure = 0; measure < values.Length; measure++)
        {
            if (!double.IsNaN(values[measure])) present |= 1 << measure;
        }

        return covered[segment + 1][present];
    }

    private bool[] CoveredSets(int segment)
    {
        var sets = new bool[1 << Measures.Length];
        Span<double> values = stackalloc double[Measures.Length];
        for (var present = 0; present < sets.Length; present++)
        {
            for (var measure = 0; measure < values.Length; measure++) values[measure] = (present >> measure & 1) == 0 ? double.NaN : 0;
            sets[present] = IsEnough(segment, values);
        }

        return sets;
    }

    private bool IsEnough(int segment, ReadOnlySpan<double> values)
    {
        var weights = exactWeights[segment];
        var present = BigInteger.Zero;
        for (var measure = 0; measure < values.Length; measure++)
        {
            if (!double.IsNaN(values[measure])) present += weights[measure];
        }

        return !present.IsZero && present * Whole(1) >= neededWeights[segment];
    }

    /// <summary>0..1.</summary>
    public decimal CoverageOf(int segment, ReadOnlySpan<double> values)
    {
        var weights = Weights[segment + 1];
        decimal all = 0, present = 0;
        for (var measure = 0; measure < values.Length; measure++)
        {
            all += weights[measure];
            if (!double.IsNaN(values[measure])) present += weights[measure];
        }

        return present / all;
    }

    /// <summary>A score's tenths reach this number exactly where the score reaches the points.</summary>
    private static int CeilingTenths(decimal points) => (int)decimal.Ceiling(points * Tenths);

    // A decimal has at most 28 places.
    private static BigInteger Whole(decimal value)
    {
        var bits = decimal.GetBits(value);
        var digits = (new BigInteger((uint)bits[2]) << 64) + (new BigInteger((uint)bits[1]) << 32) + (uint)bits[0];
        return digits * BigInteger.Pow(10, 28 - ((bits[3] >> 16) & 0xFF));
    }
}

/// <summary>A measure with its curve as doubles.</summary>
internal sealed class CompiledMeasure
{
    private readonly double[] inputs;
    private readonly double[] values;

    public CompiledMeasure(CompiledModel model, Measure measure, int index)
    {
        Definition = measure;
        Index = index;
        Kind = measure.Kind;
        Metric = measure.Metric is { } metric ? model.Metrics[metric] : null;
        Within = measure.WithinDays ?? 0;
        inputs = [.. measure.Curve.Select(point => (double)point.Input)];
        values = [.. measure.Curve.Select(point => (double)point.Value)];
    }

    public Measure Definition { get; }

    public int Index { get; }

    public MeasureKind Kind { get; }

    /// <summary>Of a gauge.</summary>
    public CompiledMetric? Metric { get; }

    public int Within { get; }

    public ReadOnlySpan<double> CurveInputs => inputs;

    public ReadOnlySpan<double> CurveValues => values;

    public decimal WeightIn(string? segment) =>
        segment is not null && Definition.SegmentWeights.TryGetValue(segment, out var weight) ? weight : Definition.Weight;

    /// <summary>0..100 of an input in the measure's own unit.</summary>
    public double Map(double input) => Kind switch
    {
        MeasureKind.Breadth or MeasureKind.Depth => 100 * input,
        MeasureKind.Sentiment => (input + 100) / 2,
        _ => OnCurve(input),
    };

    private double OnCurve(double x)
    {
        if (x <= inputs[0]) return values[0];
        for (var i = 1; i < inputs.Length; i++)
        {
            if (x < inputs[i]) return values[i - 1] + ((x - inputs[i - 1]) * (values[i] - values[i - 1]) / (inputs[i] - inputs[i - 1]));
        }

        return values[^1];
    }
}
