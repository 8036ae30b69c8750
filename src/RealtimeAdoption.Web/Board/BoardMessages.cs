using System.Text.Json.Serialization;
using RealtimeAdoption.Engine.Board;

namespace RealtimeAdoption.Web.Board;

/// <summary>The whole document at a version.</summary>
public sealed record SnapshotMessage(
    string Version,
    BoardModel Model,
    BoardFleet Fleet,
    IReadOnlyList<BoardStage> Stages,
    IReadOnlyList<BoardProduct> Products,
    IReadOnlyList<BoardSegment> Segments,
    BoardBands Bands,
    BoardAlertCounts AlertCounts,
    IReadOnlyList<BoardAlert> Alerts,
    IReadOnlyList<BoardSlip> Slips,
    BoardMovers Movers,
    IReadOnlyList<BoardChange> Feed)
{
    public static SnapshotMessage Of(string version, BoardDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return new(
            version, document.Model, document.Fleet, document.Stages, document.Products, document.Segments,
            document.Bands, document.AlertCounts, document.Alerts, document.Slips, document.Movers, document.Feed);
    }
}

/// <summary>What changed from one version to the next; a section that is null is left out.</summary>
public sealed record DeltaMessage(string From, string To)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BoardModel? Model { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BoardFleet? Fleet { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoardStage>? Stages { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoardProduct>? Products { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoardSegment>? Segments { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BoardBands? Bands { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BoardAlertCounts? AlertCounts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoardAlert>? Alerts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoardSlip>? SlipsAdded { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BoardMovers? Movers { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BoardChange>? FeedAdded { get; init; }

    public static DeltaMessage Of(string from, string to, BoardDelta delta)
    {
        ArgumentNullException.ThrowIfNull(delta);
        return new(from, to)
        {
            Model = delta.Model,
            Fleet = delta.Fleet,
            Stages = delta.Stages,
            Products = delta.Products,
            Segments = delta.Segments,
            Bands = delta.Bands,
            AlertCounts = delta.AlertCounts,
            Alerts = delta.Alerts,
            SlipsAdded = delta.SlipsAdded,
            Movers = delta.Movers,
            FeedAdded = delta.FeedAdded,
        };
    }
}

/// <param name="ServerTime">The host's clock.</param>
/// <param name="UptimeMs">Real time since this server began its board, when this was made.</param>
/// <param name="DataAgeMs">That clock minus the receipt of the last applied record; null: none yet.</param>
/// <param name="EventsPerSecond">Accepted usage events over the last seconds of real time.</param>
/// <param name="Events">Since the store began.</param>
/// <param name="Ready">Recovered and caught up.</param>
/// <param name="Detail">One sentence for the operator.</param>
/// <param name="Version">Of the last snapshot or delta; null until there is one.</param>
public sealed record HeartbeatMessage(DateTimeOffset ServerTime, long UptimeMs, long? DataAgeMs, double EventsPerSecond, long Events, bool Ready, string Detail, string? Version);
