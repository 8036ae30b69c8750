using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Changes and answers as lines of a golden history: what a person wants to know, scores to 4 decimals.</summary>
public static class GoldenLine
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(string account, ExpectedChange due)
    {
        ArgumentNullException.ThrowIfNull(due);
        var line = Begin(due.Day, account, due.Type.ToString());
        Say(line, "product", due.Product);
        Say(line, "field", due.Field);
        Say(line, "from", due.From);
        Say(line, "to", due.To);
        if (due.Score is { } score && due.Type == ChangeType.ScoreChanged)
            SayScore(line, score.Before.Unrounded, score.After.Unrounded, [.. score.After.Parts.Select(p => p.Measure).Union(score.Before.Parts.Select(p => p.Measure)).Select(m => (m, score.After.PartOf(m) - score.Before.PartOf(m)))]);
        Say(line, "type", due.Alert is { } type ? ReferenceAlerts.NameOf(type) : null);
        Say(line, "subject", due.Subject is "" ? null : due.Subject);
        Say(line, "severity", due.Severity);
        Say(line, "pin", due.Pin);
        Say(line, "by", due.By);
        Say(line, "until", due.Until is { } day ? Date(Days.ToDate(day)) : null);
        if (due.UntilWorse) line["until_worse"] = true;
        Say(line, "assignee", due.Assignee);
        Say(line, "because_of", due.Resolution);
        return End(line, due.Cause, due.Expired);
    }

    public static string Of(Change came)
    {
        ArgumentNullException.ThrowIfNull(came);
        var (note, pin) = (came.Alert, came.Override);
        var isSet = came.Type == ChangeType.OverrideSet;
        var line = Begin(Days.Of(came.Day), came.Account, came.Type.ToString());
        Say(line, "product", came.Product);
        Say(line, "field", came.Field);
        if (came.Type is ChangeType.StageChanged or ChangeType.Correction or ChangeType.BandChanged or ChangeType.AlertChanged)
        {
            Say(line, "from", came.From);
            Say(line, "to", came.To);
        }

        if (came.Score is { } score && came.Type == ChangeType.ScoreChanged) SayScore(line, score.Before, score.After, [.. score.Measures.Select(m => (m.Measure, m.After - m.Before))]);
        Say(line, "type", note is null ? null : ReferenceAlerts.NameOf(note.Type));
        Say(line, "subject", note?.Subject is "" ? null : note?.Subject);
        Say(line, "severity", note?.Severity);
        Say(line, "pin", pin?.Kind);
        Say(line, "by", isSet ? pin!.By : note?.By);
        Say(line, "until", isSet ? Date(pin!.Until) : note?.Until is { } until ? Date(until) : null);
        if (note?.UntilWorse == true) line["until_worse"] = true;
        Say(line, "assignee", note?.Assignee);
        Say(line, "because_of", note?.Resolution);
        return End(line, came.Cause.Kind, came.Cause.Expired ?? []);
    }

    /// <summary>Stage, band, score and live alerts, with whatever is pinned.</summary>
    public static string Shown(string account, string stage, Band? band, decimal? score, double? coverage, IEnumerable<(string Type, string Subject, AlertState State, AlertSeverity Severity, DateOnly OpenedOn)> live)
    {
        var line = new JsonObject { ["shows"] = account, ["stage"] = stage };
        Say(line, "band", band);
        if (score is { } known) line["score"] = (double)known;
        if (coverage is { } share) line["coverage"] = Math.Round(share, 4);
        line["live"] = new JsonArray([.. live.Select(a => (JsonNode)$"{a.Type}{(a.Subject.Length == 0 ? "" : " " + a.Subject)}: {Word(a.State)}, {Word(a.Severity)}, since {Date(a.OpenedOn)}")]);
        return Text(line);
    }

    public static string Text(JsonObject line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return line.ToJsonString(Plain).Replace("\":", "\": ", StringComparison.Ordinal).Replace(",\"", ", \"", StringComparison.Ordinal);
    }

    private static JsonObject Begin(int day, string account, string type) => new() { ["day"] = Date(Days.ToDate(day)), ["account"] = account, ["change"] = Word(type) };

    private static string End(JsonObject line, CauseKind cause, IReadOnlyList<string> expired)
    {
        Say(line, "cause", cause);
        if (expired.Count > 0) line["expired"] = new JsonArray([.. expired.Select(words => (JsonNode)words)]);
        return Text(line);
    }

    private static void SayScore(JsonObject line, double? before, double? after, IReadOnlyList<(string Measure, double Moved)> measures)
    {
        line["from"] = before is { } was ? Math.Round(was, 4) : null;
        line["to"] = after is { } now ? Math.Round(now, 4) : null;
        var moved = new JsonObject();
        foreach (var (measure, by) in measures)
            if (Math.Round(by, 4) != 0) moved[measure] = Math.Round(by, 4);
        line["moved"] = moved;
    }

    private static void Say(JsonObject line, string name, object? value)
    {
        if (value is not null) line[name] = value is string text ? text : Word(value);
    }

    // ByPerson is by_person.
    private static string Word(object value) =>
        string.Concat(value.ToString()!.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString(CultureInfo.InvariantCulture)));

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
