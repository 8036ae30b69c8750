using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace RealtimeAdoption.Server.Models;

/// <summary><c>model preview</c>: begins a preview, waits for it, and tells what it found.</summary>
internal static class ModelPreviewTalk
{
    private const int PageMax = 1_000;
    private const int Width = 160;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task RunAsync(ModelServer server, string path, string text, int limit, bool asJson, CancellationToken stop)
    {
        var begun = await server.BeginPreviewAsync(path, text, stop);
        var id = (string)begun["id"]!;
        JsonObject preview = begun;
        try
        {
            await ModelProgressBar.ShowAsync($"Preview of model {begun["model"]}", LookAsync, stop);
        }
        catch (OperationCanceledException)
        {
            await server.EndPreviewAsync(id);
            throw;
        }

        if ((string?)preview["state"] != "done") throw new ModelRefusedException($"The preview ended without a result: {preview["detail"] ?? preview["state"]}", isOfFile: false);
        await FillAsync(server, id, preview, asJson ? int.MaxValue : limit, stop);
        if (asJson) Console.WriteLine(preview.ToJsonString(Indented));
        else Write((JsonObject)preview["report"]!, limit);

        async Task<JsonNode?> LookAsync()
        {
            preview = await server.PreviewAsync(id, 1, null, stop);
            return (string?)preview["state"] == "running" ? preview["progress"] ?? new JsonObject() : null;
        }
    }

    /// <summary>Page by page, all moves up to the limit.</summary>
    private static async Task FillAsync(ModelServer server, string id, JsonObject preview, int limit, CancellationToken stop)
    {
        var moves = new JsonArray();
        string? cursor = null;
        do
        {
            var page = (await server.PreviewAsync(id, Math.Clamp(limit - moves.Count, 1, PageMax), cursor, stop))["report"]!;
            foreach (var move in page["moves"]!.AsArray().Where(_ => moves.Count < limit)) moves.Add(move!.DeepClone());
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null && moves.Count < limit);
        preview["report"]!["moves"] = moves;
        preview["report"]!["next_cursor"] = cursor;
    }

    // Mostly there are none; where there are, the line would not add up without them.
    private static string Other(JsonNode count, string how) => (int)count == 0 ? "" : $", {count} {how}";

    private static void Write(JsonObject report, int limit)
    {
        var counts = report["counts"]!;
        var moved = (int)counts["moved"]!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Model {report["to"]} instead of {report["from"]} moves {moved} of {report["accounts"]} accounts:"));
        Console.WriteLine($"  stage: {counts["stage_up"]} up, {counts["stage_down"]} down{Other(counts["stage_other"]!, "otherwise")}; band: {counts["band_better"]} better, {counts["band_worse"]} worse{Other(counts["band_other"]!, "to or from unknown")}; score: {counts["score_up"]} up, {counts["score_down"]} down");
        Console.WriteLine($"  products: {counts["products_gained"]} gained, {counts["products_lost"]} lost; alerts: {counts["alerts_opened"]} opened, {counts["alerts_resolved"]} resolved");
        foreach (var trouble in report["troubles"]!.AsArray()) Console.WriteLine($"  cannot be computed, would be stopped: {trouble!["account"]} ({trouble["reason"]})");
        if ((int)report["troubles_omitted"]! is > 0 and var more) Console.WriteLine($"  and {more} more that cannot be computed.");
        var moves = report["moves"]!.AsArray();
        if (moves.Count == 0) return;

        var table = new Table().Border(TableBorder.Simple).AddColumns("account", "stage", "band", "score", "why");
        foreach (var move in moves)
        {
            var (before, after) = (move!["before"]!, move["after"]!);
            table.AddRow(Cell((string?)move["account"]), Pair(before, after, "stage"), Pair(before, after, "band"), Pair(before, after, "score"), Cell(string.Join("; ", move["because"]!.AsArray())));
        }

        // A file or a pipe has no width; a table of 80 columns would break every line there.
        var screen = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected) screen.Profile.Width = Width;
        screen.Write(table);
        if (moved > moves.Count) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{moved - moves.Count} more; --limit {Math.Min(moved, 2L * limit)} shows more of them, --json all."));
    }

    private static Markup Cell(string? text) => new(Markup.Escape(text ?? "-"));

    private static Markup Pair(JsonNode before, JsonNode after, string field)
    {
        var (was, now) = (before[field]?.ToString() ?? "-", after[field]?.ToString() ?? "-");
        return Cell(was == now ? now : $"{was} > {now}");
    }
}
