using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

/// <summary>The file as a whole: its top-level keys, and which section needs which other's names.</summary>
internal static class ModelSection
{
    private static readonly string[] Keys = ["model", "late_days", "metrics", "products", "stages", "segments", "users", "health", "alerts"];

    public static AdoptionModel? Read(Node root, Findings findings)
    {
        if (Fields.Of(root, "", findings, Keys) is not { } fields) return null;
        var metricItems = fields.Items("metrics", "a list of at least one metric", max: 256);
        var productItems = fields.Items("products", "a list of at least one product", max: 64);
        var segmentItems = fields.Items("segments", "a list of segments", required: false);
        var metricIds = DeclaredIds.Of(metricItems, findings);
        var productIds = DeclaredIds.Of(productItems, findings);
        var segmentIds = DeclaredIds.Of(segmentItems, findings);

        var metrics = MetricsSection.Read(metricItems ?? [], productIds, findings);
        var users = Users(fields);
        return new AdoptionModel
        {
            Version = fields.Text("model", maxLength: 64),
            LateDays = fields.Whole("late_days", NumberRange.WholeBetween(0, 31, "days"), 7),
            Products = ProductsSection.Read(productItems ?? [], metrics, metricIds, findings),
            Stages = StagesSection.Read(fields, findings),
            Segments = SegmentsSection.Read(segmentItems ?? [], findings),
            Users = users,
            Health = HealthSection.Read(fields, metrics, metricIds, segmentIds, findings),
            Alerts = new AlertsSection(segmentIds, users, findings).Read(fields),
            Metrics = [.. metrics.OfType<Metric>()],
        };
    }

    private static UserRules Users(Fields root)
    {
        if (root.Map("users", "active_days", "super_adopter_products") is not { } fields) return new UserRules();
        return new UserRules
        {
            ActiveDays = fields.Whole("active_days", NumberRange.WholeBetween(1, 92, "days"), 30),
            SuperAdopterProducts = fields.Whole("super_adopter_products", NumberRange.WholeBetween(1, 64, "products"), 3),
        };
    }
}
