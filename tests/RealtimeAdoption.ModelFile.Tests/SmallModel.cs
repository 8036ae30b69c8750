namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>A valid model of one line for each thing, so that a test changes one line and knows where the error is.</summary>
internal static class SmallModel
{
    public const string Text = """
        model: "v1"
        late_days: 7
        metrics:
          - { id: signups, product: crm, event: Signed Up, kind: count }
          - { id: mood, event: Mood Reported, kind: gauge, value: level }
          - { id: visits, product: portal, event: "*", kind: distinct_users }
        products:
          - { id: crm, name: CRM, adopted_when: [ { metric: signups, at_least: 2, within_days: 30 } ] }
          - { id: portal, name: Portal, adopted_when: [ { metric: visits, at_least: 3, within_days: 7 } ] }
        stages:
          - { id: none, name: None, from: 0, to: 0, churn_risk: unknown, priority: high, action: Start }
          - { id: some, name: Some, from: 1, churn_risk: low, priority: low, action: Keep }
        segments:
          - { id: large, name: Large, employees_from: 100 }
          - { id: small, name: Small, employees_from: 0 }
        users: { active_days: 30, super_adopter_products: 2 }
        health:
          min_coverage: 0.5
          measures:
            - { id: breadth, kind: breadth, weight: 25 }
            - { id: recency, kind: recency, weight: 10, curve: [[0, 100], [30, 0]] }
            - { id: mood, kind: gauge, weight: 5, metric: mood, within_days: 30, curve: [[0, 0], [10, 100]], segment_weights: { large: 30 } }
          bands: { yellow_from: 50, green_from: 75, margin: 2 }
          slip: { fall: 15, within_days: 7 }
        alerts:
          large_arr: 1000
          rules:
            seats_low: { below: 0.2 }
            contact_due: { every: yearly, segments: { large: { every: monthly } } }
        """;

    /// <summary>With one line, from 1, replaced (by several, if the new text holds breaks).</summary>
    public static string With(int line, string text)
    {
        var lines = Text.Split('\n');
        lines[line - 1] = text;
        return string.Join('\n', lines);
    }

    public static string With(params (int Line, string Text)[] changes)
    {
        var lines = Text.Split('\n');
        foreach (var change in changes) lines[change.Line - 1] = change.Text;
        return string.Join('\n', lines);
    }
}
