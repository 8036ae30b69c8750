using System.Globalization;
using System.Text.RegularExpressions;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>docs/model.md shows models that load and names every key that the reader knows.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "model.md"));

    [Fact]
    public void The_model_to_start_from_is_valid()
    {
        var result = ModelFileReader.Read(YamlBlocks().First(), "model.md");
        Assert.Equal("", result.Describe());
        Assert.Equal(7, result.Model!.Products[1].GraceDays);
    }

    [Fact]
    public void The_measures_it_shows_are_valid_in_the_sample_model()
    {
        foreach (var line in YamlBlocks().Skip(1).Where(block => block.StartsWith('-')))
        {
            var text = SampleModelTests.Text.Replace("  measures:\n", $"  measures:\n    {line.Trim().Replace("id: seats", "id: more_seats", StringComparison.Ordinal)}\n", StringComparison.Ordinal);
            Assert.Equal("", ModelFileReader.Read(text, "model.md").Describe());
        }
    }

    [Fact]
    public void The_alerts_it_shows_are_valid_in_the_sample_model()
    {
        var shown = YamlBlocks().Single(block => block.StartsWith("alerts:", StringComparison.Ordinal));
        var text = SampleModelTests.Text[..SampleModelTests.Text.IndexOf("\nalerts:", StringComparison.Ordinal)];
        var result = ModelFileReader.Read($"{text}\n{shown}", "model.md");
        Assert.Equal("", result.Describe());
        Assert.False(result.Model!.Alerts!.Rules[(int)AlertType.SeatsFull].Enabled);
    }

    [Fact]
    public void Its_table_of_alert_types_has_the_defaults()
    {
        foreach (var rule in AlertRules.Defaults)
        {
            var row = Page.Split('\n').Single(line => line.StartsWith($"| `{AlertKey.NameOf(rule.Type)}` | `{rule.Severity.ToString().ToLowerInvariant()}` |", StringComparison.Ordinal));
            void Names(string key, decimal value) => Assert.Equal(value > 0, row.Contains(string.Create(CultureInfo.InvariantCulture, $"`{key}` ({value:0.##}"), StringComparison.Ordinal));
            Names("keep_days", rule.KeepDays);
            Names("within_days", rule.WithinDays);
            Names("min_products", rule.MinProducts);
            Names("at_least", rule.AtLeast);
            if (rule.Type != AlertType.SentimentLow) Names("below", rule.Below);
            if (rule.Type != AlertType.ContactDue) Names("after_days", rule.AfterDays);
        }
    }

    [Fact]
    public void It_names_every_key()
    {
        // A wrong key in each mapping makes the reader list the keys that it knows there.
        string[] paths = ["xqxqxq: 1", "metrics: [{ xqxqxq: 1 }]", "products: [{ xqxqxq: 1, adopted_when: [{ xqxqxq: 1 }] }]", "stages: [{ xqxqxq: 1 }]",
            "segments: [{ xqxqxq: 1, benchmark: { xqxqxq: 1 } }]", "users: { xqxqxq: 1 }", "health: { xqxqxq: 1, measures: [{ xqxqxq: 1 }], bands: { xqxqxq: 1 }, slip: { xqxqxq: 1 } }",
            "alerts: { xqxqxq: 1, rules: { xqxqxq: 1, seats_low: { xqxqxq: 1 } } }"];
        var keys = paths.SelectMany(path => ModelFileReader.Read(path, "f").Errors)
            .Where(error => error.Expected.StartsWith("the keys here are ", StringComparison.Ordinal))
            .SelectMany(error => error.Expected["the keys here are ".Length..].Split(", "))
            .Distinct()
            .ToList();
        Assert.True(keys.Count > 40, $"only {keys.Count} keys found");
        Assert.All(keys, key => Assert.Matches($@"\b{key}\b", Page));
    }

    private static IEnumerable<string> YamlBlocks() => Block().Matches(Page).Select(match => match.Groups["text"].Value);

    [GeneratedRegex("^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Block();
}
