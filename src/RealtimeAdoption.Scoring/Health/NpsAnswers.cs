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
    private struct Answer
    {
        public ulong User;
        public long TimeMs;

        /// <summary>Fixed point.</summary>
        public long Score;
    }

    /// <summary>How the answers that count stand: how many, of what kind, and the day of the latest.</summary>
    public readonly record struct Tally(int Total, int Promoters, int Detractors, int LatestDay);

    /// <summary>An answer needs a user and a score of 0 to 10; any other event of the name feeds nothing.</summary>
    public static void Take(in AccountBlock block, in Record record)
    {
        if (record.UserHash == 0 || !record.TryProperty("score"u8, out var property) || property.Kind != PropertyKind.Number) return;
        if (!DecimalText.TryUnits(property.Value, out var score) || score is < 0 or > Greatest) return;
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
            At(block, index) = new Answer { User = record.UserHash, TimeMs = record.TimeMs, Score = score };
            return;
        }

        ref var answer = ref At(block, index);
        if (record.TimeMs < answer.TimeMs || (record.TimeMs == answer.TimeMs && score <= answer.Score)) return;
        answer.TimeMs = record.TimeMs;
        answer.Score = score;
    }

    /// <summary>Those of the last so many days, today included.</summary>
    public static Tally Count(in AccountBlock block, int days)
    {
        var tally = default(Tally);
        if (block.Capacity(block.Layout.NpsAnswers) == 0) return tally;
        var first = block.Day - days + 1;
        for (var index = 0; index < KeyedTable.Capacity(block, block.Layout.NpsAnswers, EntrySize); index++)
        {
            ref var answer = ref At(block, index);
            if (answer.User == 0 || Days.Of(answer.TimeMs) is var day && day < first) continue;
            tally = new Tally(
                tally.Total + 1,
                tally.Promoters + (answer.Score >= PromoterFrom ? 1 : 0),
                tally.Detractors + (answer.Score <= DetractorTo ? 1 : 0),
                tally.Total == 0 ? day : Math.Max(tally.LatestDay, day));
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

    private static ref Answer At(in AccountBlock block, int index) =>
        ref Unsafe.As<byte, Answer>(ref KeyedTable.Entry(block, block.Layout.NpsAnswers, EntrySize, index));
}
