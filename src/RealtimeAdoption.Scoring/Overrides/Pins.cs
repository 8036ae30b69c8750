using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Overrides;

/// <summary>A person's pins on an account's band and stage.</summary>
internal static class Pins
{
    /// <summary>Null: it is not pinned.</summary>
    public static Band? Band(in AccountBlock block) => null;

    /// <summary>An index into the model's stages; null: it is not pinned.</summary>
    public static int? Stage(in AccountBlock block) => null;

    /// <summary>The pinned band, or else the measured one.</summary>
    public static Band ShownBand(in AccountBlock block) => Band(block) ?? HealthFacts.MeasuredBand(block);

    /// <summary>The pinned stage, or else the measured one.</summary>
    public static int ShownStage(in AccountBlock block) => Stage(block) ?? block.Stage;

    /// <summary>The day on which the first pin ends; <see cref="AccountBlock.Never"/>: none.</summary>
    public static int NextDue(in AccountBlock block) => AccountBlock.Never;

    /// <summary>Applies a record of the kind <see cref="RecordKind.Override"/>. A band's pin that goes calls <see cref="Bands.Unpin"/>. Stage and band are told after it.</summary>
    public static void Apply(in AccountBlock block, in Record record, in Occasion occasion)
    {
    }

    /// <summary>Ends the pins whose day has come, or whose stage the model does not have. Called before stage and band are told: at each tick and swap.</summary>
    public static void End(in AccountBlock block, in Occasion occasion)
    {
    }
}
