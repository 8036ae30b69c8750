using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>What is known of an account's NPS.</summary>
/// <param name="State">Stale: known once, too old to count.</param>
/// <param name="Value">-100..100; 0 where it is missing.</param>
/// <param name="Day">The day that it is of.</param>
/// <param name="FromAnswers">Of the users' answers, not of the profile.</param>
internal readonly record struct NpsReading(MeasureState State, double Value, int Day, bool FromAnswers);

/// <summary>The account's NPS: its own or its users' answers, whichever is of the later day; on a tie the answers.</summary>
internal static class Nps
{
    /// <summary>As alerts ask for it: by the days of the model's first sentiment measure, or 180.</summary>
    public static NpsReading Of(in AccountBlock block) => Of(block, block.Model.NpsDays);

    public static NpsReading Of(in AccountBlock block, int staleAfterDays) => Of(block, NpsAnswers.Count(block, staleAfterDays), staleAfterDays);

    /// <param name="block">Up to date.</param>
    /// <param name="answers">Those of so many days.</param>
    /// <param name="staleAfterDays">The days.</param>
    public static NpsReading Of(in AccountBlock block, in NpsAnswers.Tally answers, int staleAfterDays)
    {
        ref var head = ref new HealthState(block).Head;
        if (answers.Total > 0 && (head.Nps == long.MinValue || answers.LatestDay >= head.NpsDay))
            return new NpsReading(MeasureState.Present, 100.0 * (answers.Promoters - answers.Detractors) / answers.Total, answers.LatestDay, FromAnswers: true);
        if (head.Nps == long.MinValue) return default(NpsReading) with { State = MeasureState.Missing };
        var state = block.Day - (long)head.NpsDay > staleAfterDays ? MeasureState.Stale : MeasureState.Present;
        return new NpsReading(state, (double)head.Nps / DecimalText.Unit, head.NpsDay, FromAnswers: false);
    }

    /// <summary>The first day after today on which, with no more records, the NPS is another.</summary>
    public static int NextChange(in AccountBlock block)
    {
        var due = AccountBlock.Never;
        foreach (var days in block.Model.SentimentDays)
        {
            due = Math.Min(due, NpsAnswers.NextExpiry(block, days));
            ref var head = ref new HealthState(block).Head;
            if (head.Nps != long.MinValue && head.NpsDay + (long)days >= block.Day) due = (int)Math.Min(due, head.NpsDay + (long)days + 1);
        }

        return due;
    }
}
