using System.Text;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>What is YAML and what is not, and what a scalar means.</summary>
public sealed class YamlTextTests
{
    [Theory]
    [InlineData("", 1, "the file is empty")]
    [InlineData("# only a comment\n", 1, "the file is empty")]
    [InlineData("just words", 1, "the text 'just words' where a mapping belongs")]
    [InlineData("- a\n- b\n", 1, "a list where a mapping belongs")]
    [InlineData("model: v1\nmetrics: [\n", 2, "this is not YAML")]
    [InlineData("model: v1\n\tmetrics: []\n", 2, "this is not YAML")]
    [InlineData("model: \"v1\nmetrics: []\n", 1, "this is not YAML")]
    [InlineData("model: v1\n  late_days: 7\n", 2, "this is not YAML")]
    [InlineData("model: v1\n---\nmodel: v2\n", 2, "a second YAML document starts here")]
    [InlineData("model: v1\nmetrics:\n  - { id: a\n  - { id: b }\nproducts: []\n", 3, "a bracket, brace or quote that is not closed")]
    [InlineData("model: \"\\ud800\"\n", 1, "this is not YAML")]
    public void A_text_that_is_no_model_at_all_has_one_first_error(string text, int line, string reason)
    {
        var errors = ModelFileReader.Read(text, "f").Errors;
        Assert.NotEmpty(errors);
        Assert.Equal(line, errors[0].Line);
        Assert.Contains(reason, errors[0].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'sign\n\n    ups'", @"no metric has the id 'sign\nups'; did you mean 'signups'?")]
    [InlineData("\"a\\0\\r\\n\\x1b[2J\\t\\u2028z\"", @"no metric has the id 'a\u0000\r\n\u001B[2J\t\u2028z'")]
    [InlineData("\"\\u202esm😀\"", @"no metric has the id '\u202Esm😀'")]
    [InlineData("\"sm\U000E0041\\u200b\"", @"no metric has the id 'sm\U000E0041\u200B'")]
    public void What_an_error_quotes_stays_in_its_line_and_does_nothing_to_a_terminal(string metric, string says)
    {
        var error = Assert.Single(ModelFileReader.Read(SmallModel.With(8, $"  - {{ id: crm, name: CRM, adopted_when: [ {{ metric: {metric}, at_least: 2, within_days: 30 }} ] }}"), "f").Errors);
        Assert.Contains(says, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_id_that_is_offered_elsewhere_and_a_tag_stay_in_their_lines_too()
    {
        var errors = ModelFileReader.Read(SmallModel.With((2, "late_days: !a%0Ab 7"), (4, "  - { id: \"sign\\nups\", product: crm, event: Signed Up, kind: count }")), "f").Errors;
        Assert.Contains(errors, e => e.Problem == @"a tag (!a\nb)");
        Assert.Contains(errors, e => e.Expected == @"did you mean 'sign\nups'?");
    }

    [Fact]
    public void An_alias_is_refused_and_nothing_else_is_said_about_its_place()
    {
        var errors = ModelFileReader.Read(SmallModel.With((2, "late_days: &days 7"), (16, "users: { active_days: *days }")), "f").Errors;
        Assert.Equal([(2, "late_days"), (16, "users.active_days")], errors.Select(e => (e.Line, e.Path)));
    }

    [Fact]
    public void Billion_laughs_are_not_expanded()
    {
        var text = new StringBuilder("model: v\na: &a [x, x, x, x, x, x, x, x, x]\n");
        for (var c = 'b'; c <= 'i'; c++)
            text.Append($"{c}: &{c} [{string.Join(", ", Enumerable.Repeat($"*{(char)(c - 1)}", 9))}]\n");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(ModelFileReader.Read(text.ToString(), "f").IsValid);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void Depth_number_of_values_and_size_have_limits()
    {
        Assert.Contains(ModelFileReader.Read("model: " + new string('[', 500_000), "f").Errors, e => e.Problem.Contains("nested deeper than 32", StringComparison.Ordinal));
        Assert.Contains(ModelFileReader.Read("model: [" + string.Concat(Enumerable.Repeat("1,", 60_000)) + "1]", "f").Errors, e => e.Problem.Contains("more than 50000 values", StringComparison.Ordinal));
        var error = Assert.Single(ModelFileReader.Read("model: v1 # " + new string('ä', ModelFileReader.MaxBytes / 2), "f").Errors);
        Assert.Contains("1 MiB", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_are_fine()
    {
        Assert.True(ModelFileReader.Read("\uFEFF" + SmallModel.Text.Replace("\n", "\r\n", StringComparison.Ordinal), "f").IsValid);
        var error = Assert.Single(ModelFileReader.Read(SmallModel.With(23, "  bands: 5").Replace("\n", "\r\n", StringComparison.Ordinal), "f").Errors);
        Assert.Equal(23, error.Line);
    }

    [Fact]
    public void A_filter_without_quotes_is_what_the_core_schema_says_and_with_quotes_a_text()
    {
        const string Filters = "{ a: yes, b: true, c: \"true\", d: 10, e: '10', f: 1.50, g: 0x1F, h: 2026-11-01, i: +.5, j: 0o17, k: -0.0, l: \"\", m: 12e-1, n: FALSE, o: 10e1000 }";
        var result = ModelFileReader.Read(SmallModel.With(5, $"  - {{ id: mood, event: Mood, kind: gauge, value: level, where: {Filters.Replace(", o: 10e1000", "", StringComparison.Ordinal)} }}"), "f");
        Assert.Equal("", result.Describe());
        Assert.Equal(
            [
                new WhereFilter("a", Scalar.OfText("yes")), new WhereFilter("b", Scalar.OfBoolean(true)), new WhereFilter("c", Scalar.OfText("true")),
                new WhereFilter("d", Scalar.OfNumber("10")), new WhereFilter("e", Scalar.OfText("10")), new WhereFilter("f", Scalar.OfNumber("1.5")),
                new WhereFilter("g", Scalar.OfNumber("31")), new WhereFilter("h", Scalar.OfText("2026-11-01")), new WhereFilter("i", Scalar.OfNumber("0.5")),
                new WhereFilter("j", Scalar.OfNumber("15")), new WhereFilter("k", Scalar.OfNumber("0")), new WhereFilter("l", Scalar.OfText("")),
                new WhereFilter("m", Scalar.OfNumber("1.2")), new WhereFilter("n", Scalar.OfBoolean(false)),
            ],
            result.Model!.Metrics[1].Where);
        Assert.False(ModelFileReader.Read(SmallModel.With(5, $"  - {{ id: mood, event: Mood, kind: gauge, value: level, where: {Filters} }}"), "f").IsValid);
    }

    [Fact]
    public void What_is_left_out_or_empty_takes_its_default()
    {
        const string Text = """
            model: v1
            late_days:
            metrics:
              - { id: a, product: p, event: A, kind: sum, where: }
            products:
              - { id: p, name: P, adopted_when: [ { metric: a, at_least: 0.000001, within_days: 92 } ] }
            stages:
              - { id: any, name: Any, from: 0, to: ~, churn_risk: low, priority: low, action: Go }
            health:
              measures:
                - { id: trend, kind: trend, weight: 1, curve: [[-1, 0], [1, 100]] }
                - { id: sentiment, kind: sentiment, weight: 0.5 }
            """;
        var result = ModelFileReader.Read(Text, "f");
        Assert.Equal("", result.Describe());
        var model = result.Model!;
        Assert.Equal(7, model.LateDays);
        Assert.Equal(new UserRules(), model.Users);
        Assert.Empty(model.Segments);
        var product = Assert.Single(model.Products);
        Assert.Equal((false, 0m, 3m, 0), (product.Anchor, product.ListPrice, product.DepthTarget, product.GraceDays));
        Assert.Equal(new Criterion(0, 0.000001m, 92), Assert.Single(product.AdoptedWhen));
        Assert.Null(model.Metrics[0].Value);
        Assert.Empty(model.Metrics[0].Where);
        Assert.Null(model.Stages[0].To);
        Assert.Equal(0.5m, model.Health!.MinCoverage);
        Assert.Equal((7, 28, 20), (model.Health.Measures[0].RecentDays, model.Health.Measures[0].BeforeDays, model.Health.Measures[0].MinEvents));
        Assert.Equal(180, model.Health.Measures[1].StaleAfterDays);
        Assert.Equal((new BandRules(), new SlipRules()), (model.Health.Bands, model.Health.Slip));
        Assert.Null(ModelFileReader.Read(Text[..Text.IndexOf("health:", StringComparison.Ordinal)], "f").Model!.Health);
    }

    [Fact]
    public void The_order_of_the_sections_does_not_matter()
    {
        var lines = SmallModel.Text.Split('\n');
        var turned = string.Join('\n', [.. lines[24..29], .. lines[16..24], .. lines[12..15], .. lines[9..12], .. lines[6..9], .. lines[2..6], .. lines[..2], lines[15]]);
        Assert.Equal("", ModelFileReader.Read(turned, "f").Describe());
        Assert.Equal(30m, ModelFileReader.Read(turned, "f").Model!.Health!.Measures[2].SegmentWeights["large"]);
    }
}
