using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

internal static class StagesSection
{
    // No account adopts more than the 64 products that a model may have.
    private static readonly NumberRange Products = NumberRange.WholeBetween(0, 64, "products");

    public static IReadOnlyList<Stage> Read(Fields root, Findings findings)
    {
        var items = root.Items("stages", "a list of at least one stage") ?? [];
        DeclaredIds.Of(items, findings);
        var stages = new List<Stage>();
        int? next = 0;
        for (var i = 0; i < items.Count; i++)
        {
            if (Fields.Of(items[i].Node, items[i].Path, findings, "id", "name", "from", "to", "churn_risk", "priority", "action") is not { } fields)
            {
                next = null;
                continue;
            }

            var stage = ReadOne(fields);
            next = CheckRange(fields, stage, next, isLast: i == items.Count - 1);
            stages.Add(stage);
        }

        return stages;
    }

    private static Stage ReadOne(Fields fields) => new()
    {
        Id = fields.Id("id"),
        Name = fields.Text("name", maxLength: 128),
        From = fields.Whole("from", Products),
        To = fields.Has("to") ? fields.Whole("to", Products) : null,
        ChurnRisk = fields.Text("churn_risk", maxLength: 64),
        Priority = fields.Text("priority", maxLength: 64),
        Action = fields.Text("action", maxLength: 256),
    };

    /// <summary>Where the next stage has to start; null where that cannot be said.</summary>
    private static int? CheckRange(Fields fields, Stage stage, int? expectedFrom, bool isLast)
    {
        if (expectedFrom is { } expected && fields.Sound("from") && stage.From != expected)
        {
            fields.Report(
                fields.AtOf("from"), "from",
                expected == 0 ? "the first stage does not start at 0 products" : stage.From < expected ? "overlaps the stage before" : "leaves a gap after the stage before",
                $"from: {expected}");
        }

        if (stage.To is { } end && fields.Sound("from", "to") && end < stage.From)
            fields.Report(fields.AtOf("to"), "to", $"ends at {end}, before it starts at {stage.From}", "to: the greatest number of products in the stage, from or above");
        if (isLast && stage.To is not null)
            fields.Report(fields.AtOf("to"), "to", "the last stage has an end", "no 'to': the last stage is open, so that every number of products has a stage");
        if (!isLast && stage.To is null)
            fields.Report(fields.At, "to", "only the last stage is open", "to: the greatest number of products in the stage");
        return fields.Sound("to") ? stage.To + 1 : null;
    }
}
