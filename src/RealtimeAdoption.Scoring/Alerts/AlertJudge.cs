using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>Judges an account's alerts. Called at the points that docs/alerts.md ('The life') names, and at no others; never while a rebuild is pending.</summary>
internal static class AlertJudge
{
    /// <summary>True: what the summary row says of alerts differs.</summary>
    public static bool Judge(in AccountBlock block, in JudgeContext context)
    {
        if (IsSilent(block)) return false;
        var rules = block.Model.Alerts;
        var seen = Seen(block, rules, context.Pinned);
        if (CanSkip(block, context, seen)) return false;
        var section = block.SectionSpan(block.Layout.Alerts);
        var book = AlertBook.Read(section);
        var scene = new AlertScene(block, rules, context.Pinned);
        var judgement = new AlertJudgement(block, scene, book, context);
        judgement.Run();
        block.AlertsDue = AlertDates.Next(block, scene, book);
        block.AlertsSeen = LooksAtUsers(book) ? 0 : seen;
        if (book.Entries.Count > 0 || !section.IsEmpty) Keep(block, book);
        return judgement.HasChanged;
    }

    /// <summary>
    /// The first day after today whose tick can change an alert though no record comes and no score, adoption, entitlement, activity or NPS changes; <see cref="AccountBlock.Never"/>: none.
    /// Asked only of accounts in which nothing moves from day to day.
    /// </summary>
    public static int NextDue(in AccountBlock block) => IsSilent(block) ? AccountBlock.Never : Math.Min(block.AlertsDue, AlertDates.NextOfUsers(block));

    /// <summary>The next judgement asks everything: the state is another than the one that was judged last.</summary>
    public static void Reset(in AccountBlock block) => block.AlertsSeen = 0;

    public static void Keep(in AccountBlock block, AlertBook book)
    {
        var bytes = book.ToBytes();
        block.Resize(block.Layout.Alerts, bytes.Length);
        var section = block.SectionSpan(block.Layout.Alerts);
        section.Clear();
        bytes.CopyTo(section);
    }

    // Nothing can open and nothing is left of what did.
    private static bool IsSilent(in AccountBlock block) => block.Model.Alerts.IsSilent && block.Capacity(block.Layout.Alerts) == 0;

    // An event of today, or a tick, that changed nothing that any type asks since all of them were judged, before the first day on which one changes by itself: judging again would change
    // nothing. This is what most events and ticks of a busy account meet, so it reads the head of the health section, at a tick the users, and allocates nothing. No event makes a champion
    // quiet, but a night can.
    private static bool CanSkip(in AccountBlock block, in JudgeContext context, ulong seen) =>
        seen == block.AlertsSeen && block.Day < block.AlertsDue
        && (context.Occasion.Kind == CauseKind.Tick || context.Occasion.IsOfToday(block.Day))
        && (context.Rose | context.Lapsed) == 0 && context.StageBefore == context.StageAfter && !context.Slipped
        && (context.Occasion.Kind != CauseKind.Tick || !Champions.IsAnyQuiet(block));

    // Whether one user came back is not in what is compared.
    private static bool LooksAtUsers(AlertBook book)
    {
        foreach (var entry in book.Entries)
        {
            if (entry.Key.Type == AlertType.ChampionQuiet && (entry.IsLive || entry.IsHeldDown)) return true;
        }

        return false;
    }

    // All that conditions and severities ask of an account, but for its profile and the days; never 0.
    private static ulong Seen(in AccountBlock block, CompiledAlerts rules, in Pinned pinned)
    {
        var segment = HealthFacts.Segment(block);
        var of = rules.Of(segment);
        ref readonly var bounds = ref rules.BoundsOf(segment);
        var depth = Math.Round(Measures.MeanDepth(block), 6);
        var nps = HealthFacts.NpsOf(block);
        var seats = HealthFacts.Seats(block);
        var active = HealthFacts.ActiveUsers(block);
        var silence = block.LastActivityDay == AccountBlock.NoDay ? 0 : (block.Day - block.LastActivityDay) / Math.Max(1, of[(int)AlertType.AccountSilent].AfterDays);
        var bits = (ulong)pinned.ShownBand(block)
            | ((ulong)HealthFacts.MeasuredBand(block) << 2)
            | ((ulong)HealthFacts.LastKnownBand(block) << 4)
            | Bit(6, HealthFacts.IsFallen(block))
            | Bit(7, pinned.Band is not null)
            | Bit(8, pinned.Stage is not null)
            | Bit(9, seats > 0 && active < of[(int)AlertType.SeatsLow].Below * seats)
            | Bit(10, seats > 0 && active >= of[(int)AlertType.SeatsFull].AtLeast * seats)
            | Bit(11, depth < bounds.Shallow)
            | Bit(12, depth >= bounds.Ready)
            | Bit(13, nps.State == MeasureState.Present && nps.Value < bounds.Sentiment)
            | ((ulong)Math.Min(silence, 2) << 14)
            | ((ulong)pinned.ShownStage(block) << 16)
            | ((ulong)(segment + 1) << 32);
        return StableHash.Combine(StableHash.Combine(bits, block.Adopted), block.Entitled) | 1;
    }

    private static ulong Bit(int at, bool value) => value ? 1UL << at : 0;
}
