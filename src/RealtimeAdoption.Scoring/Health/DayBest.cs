using System.Buffers.Binary;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>
/// The best score that was told since the account's day opened, or since the day's last slip. A slip is told against it, for what crosses an edge in the end may be the least of what the day took. It is kept only
/// while it is not what was recorded last; so the section is empty in most accounts.
/// </summary>
internal static class DayBest
{
    private const int HeadSize = sizeof(int) + sizeof(double);

    // How doubles are added up decides nothing.
    private const double SameScore = 1e-9;

    /// <summary>A record is about to tell a change of the score: what was recorded last is the best, if none is kept.</summary>
    public static void Keep(in AccountBlock block)
    {
        ref var head = ref new HealthState(block).Head;
        if (head.RecordedTenths == HealthState.None || IsKept(block)) return;
        block.Resize(block.Layout.DayBest, HeadSize + RecordedScore.PartsSize(block));
        // The block may have moved.
        head = ref new HealthState(block).Head;
        var section = block.SectionSpan(block.Layout.DayBest);
        BinaryPrimitives.WriteInt32LittleEndian(section, block.Day);
        BinaryPrimitives.WriteDoubleLittleEndian(section[sizeof(int)..], head.RecordedScore);
        RecordedScore.WriteParts(block, section[HeadSize..]);
    }

    /// <summary>A record has told a change: if that is as good, it is the best now.</summary>
    public static void Compare(in AccountBlock block)
    {
        if (IsKept(block) && new HealthState(block).Head.RecordedScore >= BitConverter.ToDouble(block.SectionSpan(block.Layout.DayBest)[sizeof(int)..]) - SameScore) Forget(block);
    }

    /// <summary>What is recorded last is the best.</summary>
    public static void Forget(in AccountBlock block)
    {
        if (block.Capacity(block.Layout.DayBest) > 0) block.Resize(block.Layout.DayBest, 0);
    }

    /// <summary>From there to the present score.</summary>
    public static ScoreMove MoveSince(in AccountBlock block)
    {
        var recent = RecordedScore.Move(block, ScoreStanding.Now(block));
        if (!IsKept(block)) return recent;
        var reading = new ByteReading(block.SectionSpan(block.Layout.DayBest));
        reading.Int32();
        var score = reading.Double();
        var before = RecordedScore.ReadParts(ref reading).ToDictionary(part => part.Measure, part => part.Part, StringComparer.Ordinal);
        var after = recent.Measures.ToDictionary(move => move.Measure, move => move.After, StringComparer.Ordinal);
        var moves = recent.Measures.Select(move => new MeasureMove(move.Measure, before.GetValueOrDefault(move.Measure), move.After));
        var departed = before.Where(part => part.Value != 0 && !after.ContainsKey(part.Key)).Select(part => new MeasureMove(part.Key, part.Value, 0));
        return new ScoreMove(score, recent.After, [.. moves, .. departed]);
    }

    // What is left of an earlier day says nothing: the account was not asked since.
    private static bool IsKept(in AccountBlock block)
    {
        var section = block.SectionSpan(block.Layout.DayBest);
        return !section.IsEmpty && BitConverter.ToInt32(section) == block.Day;
    }
}
