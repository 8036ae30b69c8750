using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>A band or a stage that a person has pinned until a day.</summary>
public sealed record ReferencePin(OverrideKind Kind, string Value, string By, int Since, int Until);

/// <summary>Reading 33: the pins of one account.</summary>
public sealed class ReferencePins
{
    // In the order in which they were set.
    private readonly List<ReferencePin> pins = [];

    /// <summary>Null: the band is not pinned.</summary>
    public Band? Band => BandOf(Of(OverrideKind.Band)?.Value);

    /// <summary>Stage id; null: the stage is not pinned.</summary>
    public string? Stage => Of(OverrideKind.Stage)?.Value;

    public ReferencePin? Of(OverrideKind kind) => pins.Find(p => p.Kind == kind);

    /// <summary>What a person's record does; null: it has no effect. A pin without a value is one that was taken away.</summary>
    public (ReferencePin? Set, ReferencePin? Cleared)? Apply(Send send, AdoptionModel model, int today)
    {
        ArgumentNullException.ThrowIfNull(send);
        ArgumentNullException.ThrowIfNull(model);
        if (send.Name is not ("band" or "stage")) return null;
        var kind = send.Name == "band" ? OverrideKind.Band : OverrideKind.Stage;
        if (send.Property("value") is not { Kind: PropertyKind.Text } value)
            return Of(kind) is { } cleared && pins.Remove(cleared) ? (null, cleared) : null;
        if (kind == OverrideKind.Band ? BandOf(value.Text) is null || model.Health is null : model.Stages.All(s => s.Id != value.Text)) return null;
        if (Day(send.Property("until")) is not { } until || until <= today) return null;
        var pin = new ReferencePin(kind, value.Text, send.Property("by")?.Text ?? "", today, until);
        // The same words on the same day change nothing.
        if (Of(kind) == pin) return null;
        pins.RemoveAll(p => p.Kind == kind);
        pins.Add(pin);
        return (pin, null);
    }

    /// <summary>Pins that end with this day, or with a model that does not know their stage or has no bands.</summary>
    public IReadOnlyList<ReferencePin> End(int today, AdoptionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var ended = pins.FindAll(p => p.Until <= today || (p.Kind == OverrideKind.Stage ? model.Stages.All(s => s.Id != p.Value) : model.Health is null));
        pins.RemoveAll(ended.Contains);
        return ended;
    }

    public static int? Day(PlainValue? value) =>
        value is { Kind: PropertyKind.Text } text && DateOnly.TryParseExact(text.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? Days.Of(date) : null;

    public static Band? BandOf(string? value) => value switch
    {
        "red" => Scoring.Accounts.Band.Red,
        "yellow" => Scoring.Accounts.Band.Yellow,
        "green" => Scoring.Accounts.Band.Green,
        _ => null,
    };
}
