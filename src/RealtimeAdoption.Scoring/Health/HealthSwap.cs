using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Overrides;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>What a rebuilt state takes over from the live one: everything that follows journal order and is no function of the records.</summary>
internal static class HealthSwap
{
    /// <summary>Bands, fall, what was recorded, alerts and pins. Closes too, where both are of one model.</summary>
    public static void Carry(in AccountBlock rebuilt, in AccountBlock live)
    {
        ref var to = ref new HealthState(rebuilt).Head;
        ref var from = ref new HealthState(live).Head;
        (to.Measured, to.LastKnown, to.Reported) = (from.Measured, from.LastKnown, from.Reported);
        to.Flags = (to.Flags & HealthFlags.Covered) | (from.Flags & ~HealthFlags.Covered);
        RecordedScore.Carry(rebuilt, live);
        DayBest.Forget(rebuilt);
        CopySection(rebuilt, rebuilt.Layout.Alerts, live.SectionSpan(live.Layout.Alerts));
        CopySection(rebuilt, rebuilt.Layout.Pins, live.SectionSpan(live.Layout.Pins));
        rebuilt.Set(BlockFlags.Pinned, live.Is(BlockFlags.Pinned));
        AlertJudge.Reset(rebuilt);
        if (ReferenceEquals(rebuilt.Model, live.Model)) Closes.Keep(rebuilt, live);
        HealthScore.Renew(rebuilt);
    }

    private static void CopySection(in AccountBlock block, int section, ReadOnlySpan<byte> bytes)
    {
        block.Resize(section, bytes.Length);
        bytes.CopyTo(block.SectionSpan(section));
    }
}
