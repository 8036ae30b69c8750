using System.Text;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Makes a failing history short enough to be read.</summary>
public static class Shrinking
{
    /// <summary>
    /// Takes steps and sends out as long as the history still fails, and tells the difference, the shortest failing history found and its model.
    /// Null: it does not fail.
    /// </summary>
    public static string? Explain(History history, Func<History, string?> failure)
    {
        if (failure(history) is null) return null;
        var shortest = Shortest(history, candidate => failure(candidate) is not null);
        return new StringBuilder().AppendLine(failure(shortest)).AppendLine(shortest.ToString()).Append(Describe(shortest)).ToString();
    }

    // Greedy: drop whole steps from the end, then single sends, until nothing more can go.
    private static History Shortest(History history, Func<History, bool> fails)
    {
        var steps = history.Steps.SelectMany(s => s is SendStep send ? send.Sends.Select(one => (Step)new SendStep(one.ReceivedAtMs, [one])) : [s]).ToList();
        if (!fails(history with { Steps = steps })) return history;
        for (var size = steps.Count / 2; size >= 1;)
        {
            var before = steps.Count;
            for (var at = steps.Count - size; at >= 0; at -= size)
            {
                var fewer = steps.Take(at).Concat(steps.Skip(at + size)).ToList();
                if (fails(history with { Steps = fewer })) steps = fewer;
            }

            if (size > 1) size /= 2;
            else if (steps.Count == before) break;
        }

        return history with { Steps = steps };
    }

    private static string Describe(History history)
    {
        var text = new StringBuilder();
        foreach (var metric in history.Model.Metrics)
        {
            var where = string.Join(" and ", metric.Where.Select(w => $"{w.Property} = {w.Equal.Kind} {w.Equal}"));
            var product = metric.Product is { } p ? history.Model.Products[p].Id : "-";
            text.AppendLine($"  metric {metric.Id} of {product}: {metric.Kind} of '{metric.Event}'{(metric.Value is null ? "" : $" value {metric.Value}")} {where}");
        }

        foreach (var product in history.Model.Products)
        {
            var criteria = string.Join(", ", product.AdoptedWhen.Select(c => $"{history.Model.Metrics[c.Metric].Id} >= {c.AtLeast} within {c.WithinDays}"));
            text.AppendLine($"  product {product.Id} (grace {product.GraceDays}, depth {product.DepthTarget}): {criteria}");
        }

        return text.ToString();
    }
}
