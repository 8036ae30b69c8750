using System.Numerics;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>Everything measured that an account's answer and row have to say on a day, told from its facts.</summary>
public sealed class MeasuredAnswer
{
    private readonly ReferenceFacts facts;
    private readonly Standing standing;
    private readonly int today;
    private readonly ReferenceAnswer answer = new();

    private MeasuredAnswer(ReferenceFacts facts, Standing standing)
    {
        this.facts = facts;
        this.standing = standing;
        today = standing.Day;
    }

    private AdoptionModel Model => facts.Model;

    public static ReferenceAnswer Of(ReferenceFacts facts, Standing standing, bool withHealth = true)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(standing);
        var made = new MeasuredAnswer(facts, standing);
        made.AddProfile();
        for (var p = 0; p < facts.Model.Products.Count; p++) made.AddProduct(p);
        made.AddStage();
        made.AddOrder();
        made.AddUsers();
        made.AddRow();
        if (withHealth && standing.Health is { } health) made.AddHealth(health);
        return made.answer;
    }

    private void AddProfile()
    {
        answer.Add("account", facts.Account);
        answer.Add("name", facts.Profile.Text("name") ?? facts.Account);
        answer.Add("segment", facts.Profile.Segment(Model));
        answer.Add("owner", facts.Profile.Text("owner"));
        answer.Add("employees", facts.Profile.Whole("employees"));
        answer.Add("seats", facts.Profile.Whole("seats"));
        answer.Add("status", facts.Profile.Text("status") ?? "active");
        answer.Add("as_of", Days.ToDate(today));
        answer.Add("entitlements", facts.Profile.Contract is null ? "assumed" : "contract");
    }

    private void AddProduct(int p)
    {
        var product = Model.Products[p];
        var at = $"products[{product.Id}]";
        for (var c = 0; c < product.AdoptedWhen.Count; c++) AddCriterion($"{at}.criteria[{c}]", product.AdoptedWhen[c]);
        answer.Add($"{at}.entitled", standing.Has(standing.Entitled, p));
        answer.Add($"{at}.adopted", standing.Has(standing.Adopted, p));
        foreach (var (field, day) in standing.Dates(p)) answer.Add($"{at}.{field}", Date(day));
        answer.Add($"{at}.depth", (double)standing.Depth(p));
    }

    private void AddCriterion(string at, Criterion criterion)
    {
        var metric = Model.Metrics[criterion.Metric];
        var value = facts.Value(criterion.Metric, criterion.WithinDays, today, out var gaugeDay);
        var met = value >= criterion.AtLeast;
        answer.Add($"{at}.metric", metric.Id);
        answer.Add($"{at}.value", value);
        answer.Add($"{at}.at_least", criterion.AtLeast);
        answer.Add($"{at}.within_days", criterion.WithinDays);
        answer.Add($"{at}.met", met);
        answer.Add($"{at}.missing", met ? null : (decimal?)(criterion.AtLeast - (value ?? 0)));
        int? falls = null;
        if (met) falls = metric.Kind == MetricKind.Gauge ? gaugeDay + criterion.WithinDays : FallsBelow(criterion);
        answer.Add($"{at}.falls_below_on", Date(falls));
    }

    // Day after day without another event, until the window no longer reaches the threshold.
    private int FallsBelow(Criterion criterion)
    {
        var day = today + 1;
        while (facts.Value(criterion.Metric, criterion.WithinDays, day, out _) >= criterion.AtLeast) day++;
        return day;
    }

    private void AddStage()
    {
        var entitled = BitOperations.PopCount(standing.Entitled);
        answer.Add("products_available", entitled);
        answer.Add("products_adopted", standing.AdoptedEntitled);
        answer.Add("adoption_rate", entitled == 0 ? null : (double)standing.AdoptedEntitled / entitled);
        answer.Add("stage", Model.Stages[standing.Stage].Id);
        answer.Add("stage_since", Date(standing.StageSince()));
    }

    private void AddOrder()
    {
        var order = standing.OrderOfAdoption();
        answer.Add("primary_product", order.Count > 0 ? Model.Products[order[0].Product].Id : null);
        answer.Add("second_product", order.Count > 1 ? Model.Products[order[1].Product].Id : null);
        answer.Add("time_to_second_product_days", order.Count > 1 ? order[1].Day - order[0].Day : null);
        answer.Add("last_activity_on", Date(standing.LastActivity));
    }

    private void AddUsers()
    {
        var users = facts.Users.Where(user => facts.IsActive(user, today)).Order(StringComparer.Ordinal).Select(user => (User: user, Products: facts.ProductsOf(user, today))).ToList();
        answer.Add("users.active", users.Count);
        answer.Add("users.super_adopters", users.Count(u => BitOperations.PopCount(u.Products) >= Model.Users.SuperAdopterProducts));
        answer.Add("users.by_products", ReferenceAnswer.Counts(users.Where(u => u.Products != 0).GroupBy(u => BitOperations.PopCount(u.Products)).Select(g => (g.Key, g.Count()))));
        foreach (var (user, products) in users)
        {
            var ids = Enumerable.Range(0, Model.Products.Count).Where(p => (products & (1UL << p)) != 0).Select(p => Model.Products[p].Id);
            answer.AddUser(user, Days.ToDate(facts.LastActivityOf(user, today)!.Value), ids, BitOperations.PopCount(products) >= Model.Users.SuperAdopterProducts);
        }
    }

    // The row that lists and the board see must say the same without being asked for.
    private void AddRow()
    {
        answer.Add("row.account", facts.Account);
        answer.Add("row.name", facts.Profile.Text("name") ?? facts.Account);
        answer.Add("row.segment", facts.Profile.Segment(Model));
        answer.Add("row.owner", facts.Profile.Text("owner"));
        answer.Add("row.churned", facts.Profile.Churned);
        answer.Add("row.adopted", standing.Adopted);
        answer.Add("row.entitled", standing.Entitled);
        answer.Add("row.last_activity_on", Date(standing.LastActivity));
    }

    private void AddHealth(ReferenceHealth health)
    {
        answer.Add("health.score", health.Shown);
        answer.Add("health.coverage", health.Coverage);
        foreach (var measure in health.Measures)
        {
            var at = $"health.{measure.Id}";
            answer.Add($"{at}.state", measure.State);
            answer.Add($"{at}.input", (double?)measure.Input);
            answer.Add($"{at}.value", (double?)measure.Value);
            answer.Add($"{at}.weight", measure.Weight);
            answer.Add($"{at}.contribution", measure.Contribution);
        }
    }

    private static DateOnly? Date(int? day) => day is { } d ? Days.ToDate(d) : null;
}
