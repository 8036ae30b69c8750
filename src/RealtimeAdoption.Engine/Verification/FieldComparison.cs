using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Verification;

/// <summary>Two answers of one account, field by field, under the names that they have on the wire.</summary>
internal static class FieldComparison
{
    private const string Absent = "absent";

    private static readonly JsonSerializerOptions Names = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The fields that differ.</summary>
    public static IEnumerable<(string Field, string First, string Second)> Of(AccountView first, AccountView second)
    {
        var (one, other) = (JsonSerializer.SerializeToUtf8Bytes(first, Names), JsonSerializer.SerializeToUtf8Bytes(second, Names));
        // Nearly always; trees of both would cost ten times as much.
        return one.AsSpan().SequenceEqual(other) ? [] : Of("", JsonNode.Parse(one), JsonNode.Parse(other));
    }

    private static IEnumerable<(string Field, string First, string Second)> Of(string path, JsonNode? first, JsonNode? second) => (first, second) switch
    {
        (JsonObject one, JsonObject other) => one.Select(field => field.Key).Union(other.Select(field => field.Key))
            .SelectMany(name => Of(path.Length == 0 ? name : $"{path}.{name}", one[name], other[name])),
        (JsonArray one, JsonArray other) => Enumerable.Range(0, Math.Max(one.Count, other.Count))
            .SelectMany(i => Of($"{path}[{i}]", i < one.Count ? one[i] : null, i < other.Count ? other[i] : null)),
        _ => JsonNode.DeepEquals(first, second) ? [] : [(path, Text(first), Text(second))],
    };

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? Absent;
}
