using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Models;

namespace RealtimeAdoption.Web.Wire;

/// <summary>
/// How our own JSON looks, the same in answers and on the hub: snake_case names and enums, instants to the millisecond with a Z, decimals without trailing zeros,
/// nulls kept but for the few fields that say something only by being there.
/// </summary>
public static class WireJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    public static void Apply(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = new SnakeCase();
        options.DictionaryKeyPolicy = null;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new PlainDecimalConverter());
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { TellAlertsWithIds, LeaveOutEmpty } };
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly();
        return options;
    }

    /// <summary>The core's types carry no attributes of a wire, so the exceptions stand here.</summary>
    private static readonly Dictionary<Type, string[]> Optional = new()
    {
        [typeof(AccountView)] = ["rebuilding", "health", "stage_override", "alerts"],
        [typeof(CriterionView)] = ["missing"],
        [typeof(HealthView)] = ["override", "without_traffic"],
        [typeof(MeasureView)] = ["lift"],
        [typeof(ChangeView)] = ["score", "alert", "override"],
        [typeof(AlertOfChange)] = ["by", "until", "until_worse", "assignee", "resolution"],
        [typeof(AlertRow)] = ["acknowledged_by", "snoozed_until", "snoozed_until_worse", "resolved_on", "resolution", "resolved_by"],
        [typeof(AlertList)] = ["storms"],
        [typeof(PreviewChange)] = ["score", "alert", "override"],
        [typeof(ModelView)] = ["health", "alerts"],
    };

    private static void LeaveOutEmpty(JsonTypeInfo type)
    {
        var all = type.Type == typeof(Cause);
        var some = Optional.GetValueOrDefault(type.Type == typeof(FleetAlertRow) ? typeof(AlertRow) : type.Type);
        foreach (var property in type.Properties)
        {
            if (all || some?.Contains(property.Name) == true) property.ShouldSerialize = static (_, value) => value is not null;
        }
    }

    /// <summary>An account's alerts are told with their ids, which take the account.</summary>
    private static void TellAlertsWithIds(JsonTypeInfo type)
    {
        if (type.Type != typeof(AccountView)) return;
        var alerts = type.Properties.Single(property => property.Name == "alerts");
        var told = type.CreateJsonPropertyInfo(typeof(IReadOnlyList<AlertRow>), alerts.Name);
        told.Get = static account => account is AccountView { Alerts: { } alerts } view ? alerts.Select(alert => AlertRow.Of(view.Account, alert)).ToList() : null;
        type.Properties[type.Properties.IndexOf(alerts)] = told;
    }

    /// <summary>As the base library's, but a number is a word of its own: Expansion90d is expansion_90d.</summary>
    private sealed class SnakeCase : JsonNamingPolicy
    {
        public override string ConvertName(string name)
        {
            var words = SnakeCaseLower.ConvertName(name);
            var text = new StringBuilder(words.Length + 1);
            foreach (var letter in words)
            {
                if (char.IsAsciiDigit(letter) && text.Length > 0 && char.IsAsciiLetter(text[^1])) text.Append('_');
                text.Append(letter);
            }

            return text.ToString();
        }
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[24];
            value.UtcDateTime.TryFormat(text, out var written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            writer.WriteStringValue(text[..written]);
        }
    }

    private sealed class PlainDecimalConverter : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDecimal();

        // Dividing by a 1 with 28 decimals is the decimal type's own way to drop trailing zeros: 25.000000 becomes 25.
        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value / 1.0000000000000000000000000000m);
    }
}
