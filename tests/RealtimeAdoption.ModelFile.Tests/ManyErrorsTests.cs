namespace RealtimeAdoption.ModelFile.Tests;

public sealed class ManyErrorsTests
{
    [Fact]
    public void All_errors_come_at_once_in_the_order_of_the_file()
    {
        var text = SmallModel.With(
            (2, "late_days: 99"),
            (4, "  - { id: Signups, product: cmr, event: Signed Up, kind: count, value: x }"),
            (8, "  - { id: crm, adopted_when: [ { metric: signups, at_least: 0, within_days: 300 } ] }"),
            (12, "  - { id: some, name: Some, from: 3, churn_risk: low, priority: low, action: Keep }"),
            (21, "    - { id: recency, kind: recency, weight: -1, curve: [[3, 100], [1, 0]] }"));
        var result = ModelFileReader.Read(text, "my.yaml");
        Assert.Equal(
            [
                "2 late_days",
                "4 metrics[0].id", "4 metrics[0].product", "4 metrics[0].value",
                "8 products[0].name", "8 products[0].adopted_when[0].metric", "8 products[0].adopted_when[0].at_least", "8 products[0].adopted_when[0].within_days",
                "12 stages[1].from",
                "21 health.measures[1].weight", "21 health.measures[1].curve[1]",
            ],
            result.Errors.Select(e => $"{e.Line} {e.Path}"));
        Assert.StartsWith("my.yaml:2:12: late_days: the number 99 does not fit here; a whole number of days from 0 to 31\n", result.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_column_is_where_the_wrong_value_starts()
    {
        var error = Assert.Single(ModelFileReader.Read(SmallModel.With(4, "  - { id: signups, product: cmr, event: Signed Up, kind: count }"), "f").Errors);
        Assert.Equal((4, 29), (error.Line, error.Column));
        error = Assert.Single(ModelFileReader.Read(SmallModel.With(4, "  - { id: signups, product: crm, event: Signed Up, kind: count, cuont: 1 }"), "f").Errors);
        Assert.Equal((4, 65), (error.Line, error.Column));
    }

    [Fact]
    public void A_repeated_id_of_a_product_or_measure_points_at_the_one_before()
    {
        var text = SmallModel.With(
            (9, "  - { id: crm, name: Portal, adopted_when: [ { metric: signups, at_least: 3, within_days: 7 } ] }"),
            (20, "    - { id: recency, kind: breadth, weight: 1 }"));
        var errors = ModelFileReader.Read(text, "f").Errors;
        Assert.Contains(errors, e => (e.Line, e.Path) == (9, "products[1].id") && e.Expected.Contains("line 8", StringComparison.Ordinal));
        Assert.Contains(errors, e => (e.Line, e.Path) == (21, "health.measures[1].id") && e.Expected.Contains("line 20", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stage_that_ends_before_it_starts_is_refused()
    {
        var text = SmallModel.With(12,
            "  - { id: some, name: Some, from: 1, to: 0, churn_risk: low, priority: low, action: Keep }\n" +
            "  - { id: all, name: All, from: 1, churn_risk: low, priority: low, action: Keep }");
        var error = Assert.Single(ModelFileReader.Read(text, "f").Errors);
        Assert.Equal((12, "stages[1].to", "ends at 0, before it starts at 1"), (error.Line, error.Path, error.Problem));
    }

    [Fact]
    public void A_missing_list_is_one_error_and_not_one_for_each_reference_into_it()
    {
        var lines = SmallModel.Text.Split('\n');
        var withoutMetrics = string.Join('\n', lines.Where((_, i) => i is < 2 or > 5));
        Assert.Equal(["metrics"], ModelFileReader.Read(withoutMetrics, "f").Errors.Select(e => e.Path));
        var withoutProducts = string.Join('\n', lines.Where((_, i) => i is < 6 or > 8));
        Assert.Equal(["products"], ModelFileReader.Read(withoutProducts, "f").Errors.Select(e => e.Path));
        var withoutSegments = string.Join('\n', lines.Where((_, i) => i is < 12 or > 14));
        Assert.Equal(["health.measures[2].segment_weights.large", "alerts.rules.contact_due.segments.large"], ModelFileReader.Read(withoutSegments, "f").Errors.Select(e => e.Path));
    }

    [Fact]
    public void A_broken_metric_is_not_an_error_of_the_criteria_on_it()
    {
        var error = Assert.Single(ModelFileReader.Read(SmallModel.With(6, "  - { id: visits, product: portal, event: Visit, kind: unheard_of }"), "f").Errors);
        Assert.Equal("metrics[2].kind", error.Path);
    }

    [Fact]
    public void More_active_days_than_the_window_has_can_never_hold()
    {
        var text = SmallModel.With(
            (6, "  - { id: visits, product: portal, event: \"*\", kind: active_days }"),
            (9, "  - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 8, within_days: 7 } ] }"));
        var error = Assert.Single(ModelFileReader.Read(text, "f").Errors);
        Assert.Equal((9, "products[1].adopted_when[0].at_least"), (error.Line, error.Path));
    }

    [Fact]
    public void The_65th_product_and_the_257th_metric_are_refused()
    {
        var metrics = string.Join('\n', Enumerable.Range(0, 257).Select(i => $"  - {{ id: m{i}, product: p0, event: E{i}, kind: count }}"));
        var products = string.Join('\n', Enumerable.Range(0, 65).Select(i => $"  - {{ id: p{i}, name: P, adopted_when: [] }}"));
        var result = ModelFileReader.Read($"model: v\nmetrics:\n{metrics}\nproducts:\n{products}\nstages:\n  - {{ id: a, name: A, from: 0, churn_risk: x, priority: x, action: x }}\n", "f");
        Assert.Contains(result.Errors, e => (e.Line, e.Path, e.Problem, e.Expected) == (2 + 257, "metrics", "257 items", "at most 256"));
        Assert.Contains(result.Errors, e => (e.Path, e.Problem, e.Expected) == ("products", "65 items", "at most 64"));
    }

    [Fact]
    public void ReadOrThrow_lists_every_error_in_its_message()
    {
        var thrown = Assert.Throws<ModelFileException>(() => ModelFileReader.ReadOrThrow(SmallModel.With((1, ""), (2, "late_days: 99")), "journal position 7"));
        Assert.Equal(2, thrown.Errors.Count);
        Assert.Contains("The model file journal position 7 is not valid (2 errors)", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("late_days", thrown.Message, StringComparison.Ordinal);
    }
}
