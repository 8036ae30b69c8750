using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>
/// Each user's latest answer to <c>NPS Submitted</c>, by the user's hash, in a section that is empty until the first. An older answer than the latest can never count again, so one a user
/// is enough. Who answered longer ago than any measure counts is left behind when the table grows.
/// </summary>
internal static class NpsAnswers
{
    private const int EntrySize = 24;
    private const long Greatest = 10 * DecimalText.Unit;
    private const long PromoterFrom = 9 * DecimalText.Unit;
    private const long DetractorTo = 6 * DecimalText.Unit;

    [StructLayout(LayoutKind.Sequential)]
    public struct Answer
    {
        public ulong User;
        public long TimeMs;

        /// <summary>Fixed point.</summary>
        public long Score;
    }

    /// <summary>How the answers that count stand: how many, of what kind, and the day of the latest.</summary>
    public readonly record struct Tally(int Total, int Promoters, int Detractors, int LatestDay)
    {
        internal Tally With(in Answer answer)
        {
            var day = Days.Of(answer.TimeMs);
            return Add(answer, 1) with { LatestDay = Total == 0 ? day : Math.Max(LatestDay, day) };
        }

        // The latest day stands: what is taken away gives way to an answer that is no older.
        internal Tally Without(in Answer answer) => Add(answer, -1);

        private Tally Add(in Answer answer, int count) => new(
            Total + count,
            Promoters + (answer.Score >= PromoterFrom ? count : 0),
            Detractors + (answer.Score <= DetractorTo ? count : 0),
            LatestDay);
    }

    /// <summary>What an answer did.</summary>
    /// <param name="Before">The user's answer that it took the place of; default: there was none.</param>
    /// <param name="Now">What stands now; default: the event fed nothing.</param>
    public readonly record struct Taken(Answer Before, Answer Now);

    /// <summary>An answer needs a user and a score of 0 to 10; any other event of the name feeds nothing.</summary>
    public static Taken Take(in AccountBlock block, in Record record)
    {
        if (record.UserHash == 0 || !record.TryProperty("score"u8, out var property) || property.Kind != PropertyKind.Number) return default;
        if (!DecimalText.TryUnits(property.Value, out var score) || score is < 0 or > Greatest) return default;
        var section = block.Layout.NpsAnswers;
        if (block.Capacity(section) == 0) block.Resize(section, BlockLayout.TableHeadSize);
        var index = KeyedTable.Find(block, section, EntrySize, record.UserHash);
        if (index < 0)
        {
            if (KeyedTable.IsFull(block, section, EntrySize))
            {
                var oldestMs = Days.StartMs(block.Day - block.Model.NpsDaysMax - block.Model.LateDays);
                KeyedTable.Rehash(block, section, EntrySize, (ref byte entry) => Unsafe.As<byte, Answer>(ref entry).TimeMs >= oldestMs);
            }

            index = KeyedTable.Insert(block, section, EntrySize, record.UserHash);
            var first = new Answer { User = record.UserHash, TimeMs = record.TimeMs, Score = score };
            At(block, index) = first;
            return new Taken(default, first);
        }

        ref var answer = ref At(block, index);
        if (record.TimeMs < answer.TimeMs || (record.TimeMs == answer.TimeMs && score <= answer.Score)) return default;
        var before = answer;
        answer.TimeMs = record.TimeMs;
        answer.Score = score;
        return new Taken(before, answer);
    }

    /// <summary>What <see cref="Count"/> of the same days gives after an answer, from what it gave before.</summary>
    public static Tally After(in AccountBlock block, in Tally tally, in Taken taken, int days)
    {
        var after = taken.Before.User != 0 && Counts(block, taken.Before, days) ? tally.Without(taken.Before) : tally;
        if (taken.Now.User != 0 && Counts(block, taken.Now, days)) after = after.With(taken.Now);
        return after;
    }

    /// <summary>Those of the last so many days, today included.</summary>
    public static Tally Count(in AccountBlock block, int days)
    {
        var tally = default(Tally);
        if (block.Capacity(block.Layout.NpsAnswers) == 0) return tally;
        for (var index = 0; index < KeyedTable.Capacity(block, block.Layout.NpsAnswers, EntrySize); index++)
        {
            ref var answer = ref At(block, index);
            if (answer.User != 0 && Counts(block, answer, days)) tally = tally.With(answer);
        }

        return tally;
    }

    /// <summary>The first day after today on which one that counts today counts no more.</summary>
    public static int NextExpiry(in AccountBlock block, int days)
    {
        var next = AccountBlock.Never;
        if (block.Capacity(block.Layout.NpsAnswers) == 0) return next;
        for (var index = 0; index < KeyedTable.Capacity(block, block.Layout.NpsAnswers, EntrySize); index++)
        {
            ref var answer = ref At(block, index);
            if (answer.User != 0 && Days.Of(answer.TimeMs) + days is var expires && expires > block.Day) next = Math.Min(next, expires);
        }

        return next;
    }

    private static bool Counts(in AccountBlock block, in Answer answer, int days) => Days.Of(answer.TimeMs) > block.Day - days;

    private static ref Answer At(in AccountBlock block, int index) =>
        ref Unsafe.As<byte, Answer>(ref KeyedTable.Entry(block, block.Layout.NpsAnswers, EntrySize, index));
}
