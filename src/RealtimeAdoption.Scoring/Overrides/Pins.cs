using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Overrides;

/// <summary>What is pinned of an account, read once: it stands until a pin is set or ends.</summary>
/// <param name="Band">Null: it is not pinned.</param>
/// <param name="Stage">An index into the model's stages; null: it is not pinned, or by a stage that the model does not have.</param>
internal readonly record struct Pinned(Band? Band, int? Stage)
{
    /// <summary>The pinned band, or else the measured one.</summary>
    public Band ShownBand(in AccountBlock block) => Band ?? HealthFacts.MeasuredBand(block);

    /// <summary>The pinned stage, or else the measured one.</summary>
    public int ShownStage(in AccountBlock block) => Stage ?? block.Stage;
}

/// <summary>A person's pins on an account's band and stage: a section of the block, empty until something is pinned.</summary>
internal static class Pins
{
    public static Pinned Of(in AccountBlock block)
    {
        var pinned = default(Pinned);
        if (!block.Is(BlockFlags.Pinned)) return pinned;
        foreach (var pin in All(block))
            pinned = pin.Kind == OverrideKind.Band ? pinned with { Band = BandOf(pin.Value) } : pinned with { Stage = StageOf(block.Model, pin.Value) };
        return pinned;
    }

    /// <summary>The day on which the first pin ends; <see cref="AccountBlock.Never"/>: none.</summary>
    public static int NextDue(in AccountBlock block)
    {
        var due = AccountBlock.Never;
        if (!block.Is(BlockFlags.Pinned)) return due;
        foreach (var pin in All(block)) due = Math.Min(due, pin.Until);
        return due;
    }

    /// <summary>
    /// Applies a record of the kind <see cref="RecordKind.Override"/>. A band's pin that goes calls <see cref="Bands.Unpin"/>. Stage and band are told after it. A record that says nothing
    /// sensible has no effect: an unknown band or stage, a day that is not after today, a pin taken away where there is none.
    /// </summary>
    public static void Apply(in AccountBlock block, in Record record, in Occasion occasion)
    {
        if (PinRequest.Read(record) is not { } request) return;
        var pins = All(block);
        var before = pins.Find(pin => pin.Kind == request.Kind);
        if (request.Value is null)
        {
            if (before is null) return;
            pins.Remove(before);
            Keep(block, pins);
            End(block, occasion, before, request.By);
            return;
        }

        var isKnown = request.Kind == OverrideKind.Band ? BandOf(request.Value) is not null && block.Model.Health is not null : StageOf(block.Model, request.Value) is not null;
        var until = Days.Of(request.Until!.Value);
        if (!isKnown || until <= block.Day) return;
        var next = new Pin(request.Kind, request.Value, request.By, request.Reason, block.Day, until);
        if (next == before) return;
        pins.RemoveAll(pin => pin.Kind == request.Kind);
        pins.Add(next);
        Keep(block, pins);
        Tell(block, occasion, ChangeType.OverrideSet, next, next.By, before?.Value);
    }

    /// <summary>Ends the pins whose day has come, or whose stage the model does not have. Called before stage and band are told: at each tick and swap.</summary>
    public static void End(in AccountBlock block, in Occasion occasion)
    {
        if (block.Is(BlockFlags.Pinned)) EndDue(block, occasion);
    }

    private static void EndDue(in AccountBlock block, in Occasion occasion)
    {
        var pins = All(block);
        var model = block.Model;
        var day = block.Day;
        if (model.Planted == PlantedBug.PinNeverEnds) day = AccountBlock.NoDay;
        var ended = pins.FindAll(pin => pin.Until <= day || (pin.Kind == OverrideKind.Stage ? StageOf(model, pin.Value) is null : model.Health is null));
        if (ended.Count == 0) return;
        pins.RemoveAll(ended.Contains);
        Keep(block, pins);
        foreach (var pin in ended) End(block, occasion, pin, pin.By);
    }

    /// <summary>Null: it is not pinned.</summary>
    public static OverrideView? View(in AccountBlock block, OverrideKind kind)
    {
        if (All(block).Find(pin => pin.Kind == kind) is not { } pin) return null;
        var measured = kind == OverrideKind.Band ? Bands.Name(HealthFacts.MeasuredBand(block)) : block.Model.Definition.Stages[block.Stage].Id;
        return new OverrideView(measured, pin.By, pin.Reason, Days.ToDate(pin.Since), Days.ToDate(pin.Until));
    }

    private static void End(in AccountBlock block, in Occasion occasion, Pin pin, string by)
    {
        if (pin.Kind == OverrideKind.Band) Bands.Unpin(block, BandOf(pin.Value)!.Value);
        Tell(block, occasion, ChangeType.OverrideEnded, pin, by, pin.Value);
    }

    private static void Tell(in AccountBlock block, in Occasion occasion, ChangeType type, Pin pin, string by, string? from) => occasion.Tell(occasion.Make(block, type) with
    {
        From = from,
        To = type == ChangeType.OverrideSet ? pin.Value : null,
        Override = new OverrideNote(pin.Kind, type == ChangeType.OverrideSet ? pin.Value : null, by, pin.Reason, Days.ToDate(pin.Until)),
    });

    private static List<Pin> All(in AccountBlock block) => !block.Is(BlockFlags.Pinned) ? [] : Pin.Read(block.SectionSpan(block.Layout.Pins));

    private static void Keep(in AccountBlock block, List<Pin> pins)
    {
        var bytes = Pin.ToBytes(pins);
        block.Set(BlockFlags.Pinned, bytes.Length > 0);
        block.Resize(block.Layout.Pins, bytes.Length);
        var section = block.SectionSpan(block.Layout.Pins);
        section.Clear();
        bytes.CopyTo(section);
    }

    private static Band? BandOf(string? name)
    {
        for (var band = Accounts.Band.Red; band <= Accounts.Band.Green; band++)
        {
            if (Bands.Name(band) == name) return band;
        }

        return null;
    }

    private static int? StageOf(CompiledModel model, string? id)
    {
        for (var stage = 0; id is not null && stage < model.Definition.Stages.Count; stage++)
        {
            if (model.Definition.Stages[stage].Id == id) return stage;
        }

        return null;
    }
}
