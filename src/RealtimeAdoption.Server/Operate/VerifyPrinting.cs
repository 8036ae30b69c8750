using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RealtimeAdoption.Server.Operate;

/// <summary>What a verification found, for people.</summary>
internal static class VerifyPrinting
{
    private const int LinesMax = 100;

    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    public static void Write(JsonObject report)
    {
        var (differences, damages) = (report["differences"]!.AsArray(), report["damages"]!.AsArray());
        foreach (var damage in damages) Console.WriteLine($"damaged: partition {damage!["partition"]}: {damage["what"]}");
        foreach (var difference in differences.Take(LinesMax))
        {
            var whose = (string?)difference!["account"] is { Length: > 0 } account ? account : $"partition {difference["partition"]}";
            Console.WriteLine($"different: {whose}: {difference["field"]} is {difference["live"]}, the journal's {difference["by"]} gives {difference["journal"]} (position {difference["position"]})");
        }

        var more = differences.Count + (int)report["differences_omitted"]! - Math.Min(differences.Count, LinesMax);
        if (more > 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{more} more differences; --json lists the first {differences.Count}."));
        var verdict = (bool)report["same"]! ? "The same" : "Not the same";
        Console.WriteLine($"{verdict}: {report["accounts"]} accounts and {report["changes"]} changes compared with {report["records"]} records in {report["segments"]} segments.");
    }
}
