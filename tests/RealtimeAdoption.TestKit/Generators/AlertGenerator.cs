using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>Alert rules whose days and bounds are short enough for a generated history to pass them both ways.</summary>
public static class AlertGenerator
{
    public static AlertRules Make(Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        var rules = AlertRules.Defaults.Select(rule => Vary(dice, rule, ofSegment: false)).ToList();
        var segments = new Dictionary<string, IReadOnlyList<AlertRule>>(StringComparer.Ordinal);
        if (dice.Chance(0.4)) segments[dice.Of("smb", "enterprise")] = [.. rules.Select(rule => dice.Chance(0.4) ? Vary(dice, rule, ofSegment: true) : rule)];
        return new AlertRules { LargeArr = dice.Chance(0.4) ? dice.Of(100m, 150m, 1000m) : null, Rules = rules, SegmentRules = segments };
    }

    private static AlertRule Vary(Dice dice, AlertRule rule, bool ofSegment)
    {
        var days = rule.AfterDays > 0 && dice.Chance(0.8);
        return rule with
        {
            Enabled = dice.Chance(0.92),
            Severity = dice.Chance(0.6) ? rule.Severity : dice.OneOf(Enum.GetValues<AlertSeverity>()),
            CoolDownDays = dice.Of(7, 7, 1, 3, 20, 45, 0),
            AfterDays = days ? dice.Of(1, 3, dice.Between(2, 20), dice.Between(10, 60)) : rule.AfterDays,
            KeepDays = rule.KeepDays > 0 ? dice.Of(rule.KeepDays, 1, 3, dice.Between(2, 40)) : 0,
            WithinDays = rule.WithinDays > 0 ? dice.Of(90, 1, 14, dice.Between(10, 365)) : 0,
            Below = rule.Type switch
            {
                AlertType.SentimentLow => dice.Of(0m, 50m, -50m, 33.333333m),
                AlertType.BreadthWithoutDepth => dice.Of(0.4m, 0.9m, 0.5m, 1m),
                AlertType.SeatsLow => dice.Of(0.3m, 0.5m, 1m),
                _ => rule.Below,
            },
            AtLeast = rule.AtLeast > 0 ? dice.Of(0.5m, 0.95m, 0.25m, 1m) : 0,
            MinProducts = rule.MinProducts > 0 ? dice.Between(1, 3) : 0,
            Action = dice.Chance(0.4) ? $"Look into {rule.Type}" : null,
            IsOfSegment = ofSegment && days && rule.Type == AlertType.SecondProductOverdue,
        };
    }
}
