using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

/// <summary>Each rule is read over the values that hold without it: the default's for all accounts, all accounts' for one segment.</summary>
internal sealed class AlertsSection(DeclaredIds segmentIds, UserRules users, Findings findings)
{
    private static readonly Dictionary<string, AlertType> Types = Enum.GetValues<AlertType>().ToDictionary(AlertKey.NameOf, StringComparer.Ordinal);

    private static readonly Dictionary<string, AlertSeverity> Severities = new(StringComparer.Ordinal)
    {
        ["info"] = AlertSeverity.Info,
        ["notice"] = AlertSeverity.Notice,
        ["warning"] = AlertSeverity.Warning,
        ["urgent"] = AlertSeverity.Urgent,
    };

    private static readonly Dictionary<string, int> Cadences = new(StringComparer.Ordinal) { ["monthly"] = 30, ["quarterly"] = 91, ["yearly"] = 365 };

    private static readonly string[] KeysOfEveryType = ["enabled", "severity", "cool_down_days", "action"];
    private static readonly string[] KeysOfSomeTypes = ["after_days", "keep_days", "within_days", "below", "at_least", "min_products", "every"];

    private static readonly NumberRange CoolDown = NumberRange.WholeBetween(0, 365, "days");
    private static readonly NumberRange UpToAYear = NumberRange.WholeBetween(1, 365, "days");
    private static readonly NumberRange UpToTenYears = NumberRange.WholeBetween(1, 3660, "days");
    private static readonly NumberRange Share = NumberRange.Between(0, 1);

    // Filled while the rules are read; a segment that no rule sets apart is not in it.
    private readonly Dictionary<string, AlertRule?[]> _bySegment = new(StringComparer.Ordinal);

    public AlertRules? Read(Fields root)
    {
        if (root.Map("alerts", "large_arr", "storm_from", "cool_down_days", "rules") is not { } fields) return null;
        var coolDown = fields.Whole("cool_down_days", CoolDown, 7);
        var written = fields.Map("rules", [.. Types.Keys]);
        var rules = new List<AlertRule>();
        foreach (var (name, type) in Types)
        {
            var rule = AlertRules.Defaults[(int)type] with { CoolDownDays = coolDown };
            rules.Add(written?.Optional(name) is { } node ? ForAll(node, written.PathOf(name), name, rule) : rule);
        }

        return new AlertRules
        {
            LargeArr = fields.Has("large_arr") ? fields.Number("large_arr", NumberRange.Above(0)) : null,
            StormFrom = fields.Whole("storm_from", NumberRange.WholeBetween(1, 1_000_000_000, "alerts"), 20),
            Rules = rules,
            SegmentRules = _bySegment.ToDictionary(
                entry => entry.Key, IReadOnlyList<AlertRule> (entry) => [.. entry.Value.Select((rule, type) => rule ?? rules[type])], StringComparer.Ordinal),
        };
    }

    private AlertRule ForAll(Node node, string path, string name, AlertRule defaults)
    {
        if (Switch(node, defaults) is { } switched) return switched;
        if (FieldsOf(node, path, name, defaults.Type, "segments") is not { } fields) return defaults;
        var rule = Over(fields, defaults);
        foreach (var entry in fields.Entries("segments", "a mapping of segment: rule"))
        {
            var segment = entry.Key.Text;
            if (!segmentIds.TryFind(segment, out _))
                fields.ReportAt(entry.Key.At, Paths.Key("segments", segment), $"no segment has the id '{ScalarNode.Shown(segment)}'", segmentIds.Suggest(segment, "segments"));
            if (ForSegment(entry.Value, Paths.Key(fields.PathOf("segments"), segment), name, rule) is not { } own) continue;
            if (!_bySegment.TryGetValue(segment, out var rules)) _bySegment[segment] = rules = new AlertRule?[Types.Count];
            rules[(int)own.Type] = own;
        }

        return rule;
    }

    /// <summary>Null: says nothing, or is wrong and reported.</summary>
    private AlertRule? ForSegment(Node node, string path, string name, AlertRule general)
    {
        if (node is ScalarNode { Type: ScalarType.Null }) return null;
        if (Switch(node, general) is { } switched) return switched;
        if (FieldsOf(node, path, name, general.Type) is not { } fields) return null;
        return Over(fields, general) with { IsOfSegment = fields.Has("after_days") };
    }

    // 'seats_full: false' is the whole rule; and true is what it would be anyway, or what one segment has against the others.
    private static AlertRule? Switch(Node node, AlertRule rule) =>
        node is ScalarNode { Type: ScalarType.Boolean } scalar ? rule with { Enabled = CoreSchema.IsTrue(scalar.Text) } : null;

    private Fields? FieldsOf(Node node, string path, string name, AlertType type, params string[] more)
    {
        string[] own = [.. KeysOf(type), .. KeysOfEveryType, .. more];
        if (node is not MapNode)
        {
            if (node is not RefusedNode) findings.Add(node.At, path, $"{node.Describe()} where a rule belongs", $"true, false or a mapping with the keys {string.Join(", ", own)}");
            return null;
        }

        var fields = Fields.Of(node, path, findings, [.. KeysOfEveryType, .. KeysOfSomeTypes, .. more]);
        foreach (var key in KeysOfSomeTypes.Except(own).Where(key => fields!.Has(key)))
            fields!.Report(fields.AtOf(key), key, $"{name} has no '{key}'", $"leave it out; {name} has {string.Join(", ", own)}");
        return fields;
    }

    private static string[] KeysOf(AlertType type) => type switch
    {
        AlertType.StageUp or AlertType.StageDown or AlertType.ProductAdopted or AlertType.ProductLapsed => ["keep_days"],
        AlertType.ProductUnadopted or AlertType.SecondProductOverdue or AlertType.AccountSilent => ["after_days"],
        AlertType.BreadthWithoutDepth => ["min_products", "below"],
        AlertType.ChampionQuiet => ["after_days", "keep_days"],
        AlertType.SeatsLow => ["below", "after_days"],
        AlertType.SeatsFull or AlertType.ExpansionReady => ["at_least"],
        AlertType.SentimentLow => ["below"],
        AlertType.RenewalNear => ["within_days"],
        AlertType.ContactDue => ["every"],
        _ => [],
    };

    private AlertRule Over(Fields fields, AlertRule rule)
    {
        var own = KeysOf(rule.Type);
        int Whole(string key, NumberRange range, int otherwise) => own.Contains(key) ? fields.Whole(key, range, otherwise) : otherwise;
        decimal Number(string key, NumberRange range, decimal otherwise) => own.Contains(key) ? fields.Number(key, range, otherwise) : otherwise;
        var read = rule with
        {
            Enabled = fields.Truth("enabled", rule.Enabled),
            Severity = fields.Has("severity") && fields.TryChoice("severity", Severities, out var severity, "severities") ? severity : rule.Severity,
            CoolDownDays = fields.Whole("cool_down_days", CoolDown, rule.CoolDownDays),
            AfterDays = Cadence(fields, own) ?? Whole("after_days", UpToTenYears, rule.AfterDays),
            KeepDays = Whole("keep_days", UpToAYear, rule.KeepDays),
            WithinDays = Whole("within_days", UpToAYear, rule.WithinDays),
            Below = Number("below", rule.Type == AlertType.SentimentLow ? NumberRange.Between(-100, 100) : Share, rule.Below),
            AtLeast = Number("at_least", Share, rule.AtLeast),
            MinProducts = Whole("min_products", NumberRange.WholeBetween(1, 64, "products"), rule.MinProducts),
            Action = fields.OptionalText("action", maxLength: 256) ?? rule.Action,
        };
        if (rule.Type == AlertType.ChampionQuiet && fields.Has("after_days") && fields.Sound("after_days") && read.AfterDays >= users.ActiveDays)
            fields.Report(fields.AtOf("after_days"), "after_days", $"a user who is quiet for {read.AfterDays} days is no active user any more (users.active_days is {users.ActiveDays})", "less than users.active_days, or it can never hold");
        return read;
    }

    private static int? Cadence(Fields fields, string[] own) =>
        own.Contains("every") && fields.Has("every") && fields.TryChoice("every", Cadences, out var days, "cadences") ? days : null;
}
