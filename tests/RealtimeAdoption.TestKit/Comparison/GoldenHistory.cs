using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>
/// A recorded history of tests/golden: what happens, and after each thing the changes that are due and, where it asks, how an account is shown. tests/golden/README.md
/// has the format.
/// </summary>
public sealed class GoldenHistory
{
    private readonly List<(int Line, JsonObject Input, List<string> Expected)> entries = [];
    private int ids;

    private GoldenHistory(AdoptionModel model, string folder)
    {
        Model = model;
        Folder = folder;
    }

    public AdoptionModel Model { get; }

    private string Folder { get; }

    /// <summary>Reads a file of JSON lines. The first names the model.</summary>
    public static GoldenHistory Read(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var lines = File.ReadAllLines(path);
        var head = JsonNode.Parse(lines[0])!.AsObject();
        var history = new GoldenHistory(ReadModel(folder, head["model"]!.GetValue<string>()), folder);
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            if (JsonNode.Parse(lines[i])!.AsObject() is var line && line.ContainsKey("at")) history.entries.Add((i + 1, line, []));
            else history.entries[^1].Expected.Add(lines[i]);
        }

        return history;
    }

    /// <summary>Plays it and tells the first line at which what came is not what is written.</summary>
    public string? Difference(IGoldenPlayer player)
    {
        ArgumentNullException.ThrowIfNull(player);
        foreach (var (line, input, expected) in entries)
        {
            var came = Play(input, player);
            for (var i = 0; i < Math.Max(came.Count, expected.Count); i++)
            {
                var (due, actual) = (i < expected.Count ? expected[i] : "nothing", i < came.Count ? came[i] : "nothing");
                if (due != actual) return $"line {line + 1 + i}:\n  written: {due}\n  came:    {actual}";
            }
        }

        return null;
    }

    /// <summary>The file's lines again, with what this player makes of its inputs for expectations.</summary>
    public IEnumerable<string> Write(string head, IGoldenPlayer player)
    {
        ArgumentNullException.ThrowIfNull(player);
        yield return head;
        foreach (var (_, input, _) in entries)
        {
            yield return Text(input);
            foreach (var line in Play(input, player)) yield return line;
        }
    }

    private List<string> Play(JsonObject input, IGoldenPlayer player)
    {
        var at = DateTimeOffset.Parse(input["at"]!.GetValue<string>(), CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        if (input["show"] is { } shown) return [.. player.Pass(at), player.Show(shown.GetValue<string>())];
        if (input["rebuild"] is not null) return player.Rebuild(at);
        if (input["model"] is { } model) return [.. player.BeginModel(at, ReadModel(Folder, model.GetValue<string>())), .. player.SwapModel(at)];
        if (input["begin_model"] is { } begun) return player.BeginModel(at, ReadModel(Folder, begun.GetValue<string>()));
        if (input["swap_model"] is not null) return player.SwapModel(at);
        if (!input.ContainsKey("account")) return player.Pass(at);
        var came = new List<string>();
        for (var day = 0; day < (input["days"]?.GetValue<int>() ?? 1); day++)
            for (var n = input["times"]?.GetValue<int>() ?? 1; n > 0; n--) came.AddRange(player.Send(SendOf(input, at + (day * Days.MsPerDay))));
        return came;
    }

    private Send SendOf(JsonObject input, long at)
    {
        string? Said(string name) => input[name]?.GetValue<string>();
        var send = new Send { Account = Said("account")!, User = Said("user"), ReceivedAtMs = at, MessageId = $"m{ids++}", TimestampMs = at };
        if (Said("timestamp") is { } timestamp) send = send with { TimestampMs = DateTimeOffset.Parse(timestamp, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() };
        if (input["import"] is not null) send = send with { Import = true };
        if (Said("track") is { } name) return send with { Kind = RecordKind.Usage, Name = name, Properties = Fields(input["properties"]) };
        if (input["group"] is { } traits) return send with { Kind = RecordKind.Traits, Properties = Fields(traits) };
        send = send with { MessageId = null, TimestampMs = null };
        if (input["put"] is { } profile) return send with { Kind = RecordKind.Profile, Properties = Fields(profile) };
        if (Said("alert") is { } verb) return send with { Kind = RecordKind.AlertAction, Name = verb, Properties = Fields(input["how"]) };
        if (Said("pin") is { } pinned) return send with { Kind = RecordKind.Override, Name = pinned, Properties = Fields(input["how"]) };
        throw new InvalidDataException($"What is {Text(input)}?");
    }

    private static List<(string, PlainValue)> Fields(JsonNode? node) => [.. (node?.AsObject() ?? []).Select(field => (field.Key, ValueOf(field.Value)))];

    private static PlainValue ValueOf(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => PlainValue.Null,
        JsonValueKind.String => PlainValue.OfText(node.GetValue<string>()),
        JsonValueKind.Number => PlainValue.OfNumber(node.ToJsonString()),
        JsonValueKind.True or JsonValueKind.False => PlainValue.OfBoolean(node.GetValue<bool>()),
        _ => PlainValue.OfJson(node.ToJsonString()),
    };

    private static AdoptionModel ReadModel(string folder, string file) => ModelFileReader.ReadOrThrow(File.ReadAllText(Path.Combine(folder, file)), file);

    private static string Text(JsonObject line) => GoldenLine.Text(line);
}

/// <summary>Something that a golden history can be played on: each call tells the changes that it caused, as lines.</summary>
public interface IGoldenPlayer
{
    List<string> Send(Send send);

    List<string> Pass(long nowMs);

    List<string> Rebuild(long nowMs);

    /// <summary>Another model's activation begins.</summary>
    List<string> BeginModel(long nowMs, AdoptionModel model);

    /// <summary>It comes to its end: all accounts are swapped.</summary>
    List<string> SwapModel(long nowMs);

    /// <summary>One line: how the account is shown now.</summary>
    string Show(string account);
}
