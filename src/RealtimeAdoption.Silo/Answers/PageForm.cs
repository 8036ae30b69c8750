using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>
/// The wire form of questions to a partition and of its part of the answer: JSON of the Engine's own types by their property names, so that silos of two versions pass over what they do not know. A row names no model: whoever reads it
/// has been told of which one the partition's are.
/// </summary>
internal static class PageForm
{
    private static readonly JsonSerializerOptions WithoutModel = OptionsOf(null);
    private static readonly ConditionalWeakTable<CompiledModel, JsonSerializerOptions> ByModel = [];

    private sealed record AlertForm(AccountSummary Account, byte[] State, int Day, AlertType Type, string Subject);

    private sealed record StormForm(StormKey Key, int Count, int[] BySeverity, int[] ByState, DateTimeOffset OpenedAt);

    private sealed record MoversForm(IReadOnlyList<FleetMove> DayUp, IReadOnlyList<FleetMove> DayDown, IReadOnlyList<FleetMove> WeekUp, IReadOnlyList<FleetMove> WeekDown);

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, WithoutModel);

    /// <param name="form">What was written.</param>
    /// <param name="model">Whose rows are in it; null: there are none.</param>
    /// <exception cref="JsonException">It is none.</exception>
    public static T Read<T>(byte[] form, CompiledModel? model = null) =>
        JsonSerializer.Deserialize<T>(form, model is null ? WithoutModel : ByModel.GetValue(model, OptionsOf)) ?? throw new JsonException($"There is no {typeof(T).Name}.");

    public static byte[] WriteAlerts(IReadOnlyList<FoundAlert> alerts) => Write(alerts.Select(alert => new AlertForm(alert.Account, alert.State.Bytes.ToArray(), alert.Day, alert.Type, alert.Subject)));

    /// <summary>Makes their views.</summary>
    public static IReadOnlyList<FleetAlert> ReadAlerts(byte[] form, CompiledModel model) =>
        [.. Read<AlertForm[]>(form, model).Select(alert => new FoundAlert(alert.Account, AccountState.Of(alert.State), alert.Day, alert.Type, alert.Subject).View(model))];

    public static byte[] WriteStorms(AlertStorms storms) => Write(storms.Groups.Select(storm => new StormForm(storm.Key, storm.Count, storm.BySeverity, storm.ByState, storm.OpenedAt)));

    public static AlertStorms ReadStorms(byte[] form)
    {
        var storms = new AlertStorms();
        foreach (var storm in Read<StormForm[]>(form)) storms.Add(AlertStorm.Of(storm.Key, storm.Count, storm.BySeverity, storm.ByState, storm.OpenedAt));
        return storms;
    }

    public static byte[] WriteMovers(ScoreMovers movers) => Write(new MoversForm(movers.DayUp, movers.DayDown, movers.WeekUp, movers.WeekDown));

    public static ScoreMovers ReadMovers(byte[] form, CompiledModel model)
    {
        var movers = new ScoreMovers();
        var parts = Read<MoversForm>(form, model);
        foreach (var move in parts.DayUp.Concat(parts.DayDown)) movers.Look(move.Account, move.ScoreTenths, move.ChangeTenths, null);
        foreach (var move in parts.WeekUp.Concat(parts.WeekDown)) movers.Look(move.Account, move.ScoreTenths, null, move.ChangeTenths);
        return movers;
    }

    public static byte[] WriteChanges(IReadOnlyList<StoredChange> changes) => Write(changes);

    public static IReadOnlyList<StoredChange> ReadChanges(byte[] form) => Read<StoredChange[]>(form);

    private static JsonSerializerOptions OptionsOf(CompiledModel? model) => new() { IgnoreReadOnlyProperties = true, Converters = { new ModelConverter(model), new TallyConverter(), new StormKeysConverter(), new ChangeConverter() } };

    private sealed class ModelConverter(CompiledModel? model) : JsonConverter<CompiledModel>
    {
        public override bool HandleNull => true;

        public override CompiledModel? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return model ?? throw new JsonException("A row's model is not told.");
        }

        public override void Write(Utf8JsonWriter writer, CompiledModel value, JsonSerializerOptions options) => writer.WriteNullValue();
    }

    // How many of each live state and severity, by their numbers.
    private sealed class TallyConverter : JsonConverter<AlertTally>
    {
        public override AlertTally Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var tally = default(AlertTally);
            foreach (var counted in JsonSerializer.Deserialize<int[][]>(ref reader, options)!)
            {
                for (var i = 0; i < counted[2]; i++) tally = tally.With((AlertState)counted[0], (AlertSeverity)counted[1]);
            }

            return tally;
        }

        public override void Write(Utf8JsonWriter writer, AlertTally value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            for (var state = AlertState.Open; state < AlertState.Resolved; state++)
            {
                for (var severity = AlertSeverity.Info; severity <= AlertSeverity.Urgent; severity++)
                {
                    if (value.Of(state, severity) is > 0 and var count) JsonSerializer.Serialize(writer, (int[])[(int)state, (int)severity, count], options);
                }
            }

            writer.WriteEndArray();
        }
    }

    private sealed class StormKeysConverter : JsonConverter<IReadOnlySet<StormKey>>
    {
        public override IReadOnlySet<StormKey> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonSerializer.Deserialize<StormKey[]>(ref reader, options)!.ToHashSet();

        public override void Write(Utf8JsonWriter writer, IReadOnlySet<StormKey> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.ToArray(), options);
    }

    // In its stored form.
    private sealed class ChangeConverter : JsonConverter<Change>
    {
        public override Change Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ChangeBytes.Read(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, Change value, JsonSerializerOptions options)
        {
            var bytes = new ArrayBufferWriter<byte>();
            ChangeBytes.Write(bytes, value);
            writer.WriteBase64StringValue(bytes.WrittenSpan);
        }
    }
}
