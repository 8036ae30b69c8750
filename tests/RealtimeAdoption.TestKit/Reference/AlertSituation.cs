using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>What alerts are judged by: where the account stands, and what has just happened.</summary>
public sealed record AlertSituation
{
    private string? segment;

    public required ReferenceFacts Facts { get; init; }
    public required Standing Now { get; init; }
    public required CauseKind Cause { get; init; }

    /// <summary>Index; a pinned one counts.</summary>
    public required int ShownStage { get; init; }
    public required Band ShownBand { get; init; }
    public required Band MeasuredBand { get; init; }
    public required Band LastKnownBand { get; init; }
    public required bool HasFallen { get; init; }

    public required bool BandIsPinned { get; init; }
    public required bool StageIsPinned { get; init; }

    /// <summary>Of the slip that has just happened: the band that it fell from.</summary>
    public required Band? SlippedFrom { get; init; }

    /// <summary>The change of the shown stage that has just happened.</summary>
    public required (int From, int To)? StageMove { get; init; }

    /// <summary>Products that have just been adopted, and that have just lapsed.</summary>
    public required ulong Rose { get; init; }
    public required ulong Fell { get; init; }

    public AdoptionModel Model => Facts.Model;

    public int Today => Now.Day;

    public bool Churned => Facts.Profile.Churned;

    /// <summary>The segment's own rule, or the general one.</summary>
    public AlertRule Rule(AlertType type)
    {
        segment ??= Facts.Profile.Segment(Model);
        var rules = Model.Alerts!;
        return (rules.SegmentRules.TryGetValue(segment, out var own) ? own : rules.Rules)[(int)type];
    }

    /// <summary>The rule is off. In a model without alerts every rule is.</summary>
    public bool IsOff(AlertType type) => Model.Alerts is null || !Rule(type).Enabled;

    /// <summary>By `sentiment_low`'s bound, even where that rule is off.</summary>
    public bool IsNpsLow => Now.FreshNps < Rule(AlertType.SentimentLow).Below;

    public decimal? Depth => Now.MeanDepth is { } depth ? Math.Round(depth, 6, MidpointRounding.ToEven) : null;

    /// <summary>Active users to seats; null without seats.</summary>
    public decimal? SeatShare => Facts.Profile.Whole("seats") is { } seats && seats > 0 ? (decimal)Now.ActiveUsers / seats : null;

    public bool IsLarge => Model.Alerts!.LargeArr is { } large && Facts.Profile.Arr(Today) >= large;

    /// <summary>Index of a stage's place; null: the model has no such stage.</summary>
    public int? PlaceOf(string? stage)
    {
        for (var i = 0; i < Model.Stages.Count; i++)
            if (Model.Stages[i].Id == stage) return i;
        return null;
    }

    public int? ProductOf(string id)
    {
        for (var i = 0; i < Model.Products.Count; i++)
            if (Model.Products[i].Id == id) return i;
        return null;
    }
}
