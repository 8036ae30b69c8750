using System.Text.Json.Serialization;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Storage;

/// <summary>
/// How a change is stored, in every store: JSON with names in snake case and without what is null. Stored for ever: a property is added as an optional one,
/// and neither a property nor an enum's member is renamed.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Change))]
internal sealed partial class ChangeJson : JsonSerializerContext;
