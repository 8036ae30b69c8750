using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>
/// The measured values of an account as a flat list of (field, value), made by the reference from events and by <see cref="Of"/> from the real answer and the fleet's row,
/// so that two answers are compared field by field and the first that differs can be named.
/// </summary>
public sealed class ReferenceAnswer
{
    private const double Tolerance = 1.5e-6;
    private readonly List<(string Field, object? Value)> fields = [];

    public IReadOnlyList<(string Field, object? Value)> Fields => fields;

    public void Add(string field, object? value) => fields.Add((field, value));

    /// <summary>Null: they agree. Otherwise the first field that does not.</summary>
    public string? FirstDifference(ReferenceAnswer actual)
    {
        for (var i = 0; i < Math.Max(fields.Count, actual.fields.Count); i++)
        {
            if (i >= fields.Count) return $"{actual.fields[i].Field}: unexpected {Show(actual.fields[i].Value)}";
            if (i >= actual.fields.Count) return $"{fields[i].Field}: missing, expected {Show(fields[i].Value)}";
            var (field, expected) = fields[i];
            if (field != actual.fields[i].Field) return $"{field}: found {actual.fields[i].Field} in its place";
            if (!Same(expected, actual.fields[i].Value)) return $"{field}: expected {Show(expected)}, was {Show(actual.fields[i].Value)}";
        }

        return null;
    }

    public static ReferenceAnswer Of(AccountView view, IReadOnlyList<UserView> users, AccountSummary row, AdoptionModel model)
    {
        var answer = new ReferenceAnswer();
        answer.Add("account", view.Account);
        answer.Add("name", view.Name);
        answer.Add("segment", view.Segment);
        answer.Add("owner", view.Owner);
        answer.Add("employees", view.Employees);
        answer.Add("seats", view.Seats);
        answer.Add("status", view.Status);
        answer.Add("as_of", view.AsOf);
        answer.Add("entitlements", view.Entitlements);
        foreach (var product in view.Products) AddProduct(answer, product);
        answer.Add("products_available", view.ProductsAvailable);
        answer.Add("products_adopted", view.ProductsAdopted);
        answer.Add("adoption_rate", view.AdoptionRate);
        // A pin is a reaction; what is measured is told beside it.
        answer.Add("stage", view.StageOverride?.Measured ?? view.Stage);
        answer.Add("stage_since", view.StageSince);
        answer.Add("primary_product", view.PrimaryProduct);
        answer.Add("second_product", view.SecondProduct);
        answer.Add("time_to_second_product_days", view.TimeToSecondProductDays);
        answer.Add("last_activity_on", view.LastActivityOn);
        answer.Add("users.active", view.Users.Active);
        answer.Add("users.super_adopters", view.Users.SuperAdopters);
        answer.Add("users.by_products", Counts(view.Users.ByProducts.Select(p => (int.Parse(p.Key), p.Value))));
        foreach (var user in users.OrderBy(u => u.User, StringComparer.Ordinal))
            answer.AddUser(user.User, user.LastActivityOn, user.Products, user.SuperAdopter);
        answer.Add("row.account", row.Account);
        answer.Add("row.name", row.Name);
        answer.Add("row.segment", row.Segment < 0 ? "unknown" : model.Segments[row.Segment].Id);
        answer.Add("row.owner", row.Owner);
        answer.Add("row.churned", row.Churned);
        answer.Add("row.adopted", row.Adopted);
        answer.Add("row.entitled", row.Entitled);
        answer.Add("row.last_activity_on", row.LastActivityOn);
        if (view.Health is { } health) AddHealth(answer, health);
        return answer;
    }

    public void AddUser(string user, DateOnly lastActivity, IEnumerable<string> products, bool superAdopter) =>
        Add($"users[{user}]", $"{lastActivity:yyyy-MM-dd} {string.Join('+', products)}{(superAdopter ? " super" : "")}");

    public static string Counts(IEnumerable<(int Products, int Users)> counts) =>
        string.Join(' ', counts.Where(c => c.Users != 0).OrderBy(c => c.Products).Select(c => $"{c.Products}:{c.Users}"));

    private static void AddProduct(ReferenceAnswer answer, ProductView product)
    {
        var at = $"products[{product.Product}]";
        foreach (var (criterion, index) in product.Criteria.Select((c, i) => (c, i)))
        {
            var place = $"{at}.criteria[{index}]";
            answer.Add($"{place}.metric", criterion.Metric);
            answer.Add($"{place}.value", criterion.Value);
            answer.Add($"{place}.at_least", criterion.AtLeast);
            answer.Add($"{place}.within_days", criterion.WithinDays);
            answer.Add($"{place}.met", criterion.Met);
            answer.Add($"{place}.missing", criterion.Missing);
            answer.Add($"{place}.falls_below_on", criterion.FallsBelowOn);
        }

        answer.Add($"{at}.entitled", product.Entitled);
        answer.Add($"{at}.adopted", product.Adopted);
        answer.Add($"{at}.first_adopted_on", product.FirstAdoptedOn);
        answer.Add($"{at}.adopted_on", product.AdoptedOn);
        answer.Add($"{at}.lapsed_on", product.LapsedOn);
        answer.Add($"{at}.depth", product.Depth);
    }

    private static void AddHealth(ReferenceAnswer answer, HealthView health)
    {
        answer.Add("health.score", health.Score);
        answer.Add("health.coverage", health.Coverage);
        foreach (var measure in health.Measures)
        {
            var at = $"health.{measure.Measure}";
            answer.Add($"{at}.state", measure.State);
            answer.Add($"{at}.input", measure.Input);
            answer.Add($"{at}.value", measure.Value);
            answer.Add($"{at}.weight", measure.Weight);
            answer.Add($"{at}.contribution", measure.Contribution);
        }
    }

    private static bool Same(object? expected, object? actual) => (expected, actual) switch
    {
        (double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(1, Math.Abs(a)),
        _ => Equals(expected, actual),
    };

    private static string Show(object? value) => value switch
    {
        null => "null",
        DateOnly day => day.ToString("yyyy-MM-dd"),
        _ => value.ToString() ?? "",
    };
}
