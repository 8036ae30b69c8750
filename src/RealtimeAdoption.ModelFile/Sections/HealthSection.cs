using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

/// <summary>The health score's measures are in <see cref="MeasuresSection"/>; here is the rest.</summary>
internal static class HealthSection
{
    public static HealthRules? Read(Fields root, IReadOnlyList<Metric?> metrics, DeclaredIds metricIds, DeclaredIds segmentIds, Findings findings)
    {
        if (root.Map("health", "min_coverage", "measures", "bands", "slip") is not { } fields) return null;
        return new HealthRules
        {
            MinCoverage = fields.Number("min_coverage", NumberRange.Between(0, 1), 0.5m),
            Measures = new MeasuresSection(metrics, metricIds, segmentIds, findings).Read(fields),
            Bands = Bands(fields),
            Slip = Slip(fields),
        };
    }

    private static BandRules Bands(Fields health)
    {
        if (health.Map("bands", "yellow_from", "green_from", "margin") is not { } fields) return new BandRules();
        var score = NumberRange.Between(0, 100);
        var bands = new BandRules
        {
            YellowFrom = fields.Number("yellow_from", score, 50),
            GreenFrom = fields.Number("green_from", score, 75),
            Margin = fields.Number("margin", score, 2),
        };
        if (!fields.Sound("yellow_from", "green_from", "margin")) return bands;
        if (bands.GreenFrom <= bands.YellowFrom)
            fields.Report(fields.AtOf("green_from"), "green_from", $"green starts at {bands.GreenFrom} and yellow at {bands.YellowFrom}", "green_from above yellow_from");
        else if (bands.YellowFrom - bands.Margin <= 0)
            fields.Report(fields.AtOf("yellow_from"), "yellow_from", $"no score falls under yellow_from - margin = {bands.YellowFrom - bands.Margin}", "yellow_from above margin, or no account can turn red");
        else if (bands.GreenFrom + bands.Margin > 100)
            fields.Report(fields.AtOf("green_from"), "green_from", $"no score reaches green_from + margin = {bands.GreenFrom + bands.Margin}", "green_from + margin of at most 100, or no account can turn green");
        return bands;
    }

    private static SlipRules Slip(Fields health)
    {
        if (health.Map("slip", "fall", "within_days") is not { } fields) return new SlipRules();
        return new SlipRules
        {
            Fall = fields.Number("fall", new NumberRange(0, 100, AboveMin: true), 15),
            WithinDays = fields.Whole("within_days", NumberRange.WholeBetween(1, 92, "days"), 7),
        };
    }
}
