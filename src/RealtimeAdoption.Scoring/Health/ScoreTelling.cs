using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>
/// Tells how the score moved, so that each move has the cause that made it: what one record, tick or swap did by itself, and apart from it the drift, the small moves before it that told nothing.
/// </summary>
internal static class ScoreTelling
{
    /// <summary>A whole point.</summary>
    private const int StepTenths = CompiledHealth.Tenths;

    /// <summary>What happened is told for what it did to the score, whatever else it did: a step, or a move with a cause that people ask for.</summary>
    public static bool IsDue(in AccountBlock block, in Occasion occasion, scoped in ScoreStanding before)
    {
        ref var head = ref new HealthState(block).Head;
        var (was, now) = (Was(head, before), head.Tenths);
        if (now == was || block.Is(BlockFlags.New)) return false;
        return was == HealthState.None || now == HealthState.None || Math.Abs(now - was) >= StepTenths || occasion.TellsEveryMove || occasion.EndsSomething(block);
    }

    /// <summary>
    /// Tells what moved the shown score by itself, behind the drift that it found; where it did not move it, the drift alone. Afterwards all that is shown is told.
    /// </summary>
    public static void Tell(in AccountBlock block, in Occasion occasion, scoped in ScoreStanding before)
    {
        // A copy: what is kept of the day may move the block.
        var head = new HealthState(block).Head;
        var follows = Follows(head, before);
        if (head.Tenths == Was(head, before))
        {
            if (follows && head.RecordedTenths != before.Tenths) TellDrift(block, occasion, before);
            return;
        }

        if (follows && RecordedScore.Differs(block, before)) TellDrift(block, occasion, before);
        if (occasion.IsRecord) DayBest.Keep(block);
        occasion.TellScore(block);
        Record(block, ScoreStanding.Now(block), occasion.Position);
    }

    /// <summary>The close of the day that ends: its score is told where it is another than the last recorded one. All of that is drift, for whatever did more is told.</summary>
    public static void TellClose(in AccountBlock block, in Occasion occasion)
    {
        if (RecordedScore.IsOld(block)) TellDrift(block, occasion, ScoreStanding.Now(block));
    }

    /// <summary>A live state is about to give way to a rebuilt one, and all of its score is told before, in the words of its own model.</summary>
    public static void TellBeforeSwap(in AccountBlock live, in AccountBlock rebuilt, in Occasion occasion)
    {
        if (rebuilt.IsRebuilding) return;
        ref var head = ref new HealthState(live).Head;
        var now = ScoreStanding.Now(live);
        if (!Follows(head, now)) return;
        var moves = new HealthState(rebuilt).Head.Tenths != head.Tenths;
        if (head.RecordedTenths != head.Tenths || (moves && RecordedScore.Differs(live, now))) TellDrift(live, occasion, now, rebuilt.Day);
    }

    // A live account that slept is still of an earlier day when it gives way: then the day is the other's.
    private static void TellDrift(in AccountBlock block, in Occasion occasion, scoped in ScoreStanding to, int? otherDay = null)
    {
        if (occasion.IsRecord) DayBest.Keep(block);
        occasion.TellDrift(block, to, otherDay);
        Record(block, to, occasion.Position - 1);
    }

    private static void Record(in AccountBlock block, scoped in ScoreStanding to, long through)
    {
        RecordedScore.Set(block, to, through);
        DayBest.Compare(block);
    }

    // Drift leads from a recorded score to another one. Where one of them is none, all of the way is told with what happened last.
    private static bool Follows(in HealthHead head, scoped in ScoreStanding before) => head.RecordedTenths != HealthState.None && before.Tenths != HealthState.None;

    private static short Was(in HealthHead head, scoped in ScoreStanding before) => Follows(head, before) ? before.Tenths : head.RecordedTenths;
}
