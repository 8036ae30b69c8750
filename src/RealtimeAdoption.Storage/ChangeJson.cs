using System.Text.Json.Serialization;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Storage;

/// <summary>
/// How the first release stored a change, before <see cref="ChangeBytes"/>: JSON with names in snake case and without what is null. Still read, for ever: neither a property
/// nor an enum's member that it knew is renamed.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Change))]
internal sealed partial class ChangeJson : JsonSerializerContext
{
    public static bool IsJson(ReadOnlySpan<byte> stored) => !stored.IsEmpty && stored[0] == '{';
}
