using System.Globalization;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// What is told of an account: the difference between what was reported last and what is now. In this order: adoption, stage, corrections, score, band, slip, alerts.
/// Nothing while a rebuild is pending.
/// </summary>
internal static class Reactions
{
    /// <param name="block">Up to date.</param>
    /// <param name="occasion">What brought it about.</param>
    /// <param name="before">The score as it stood just before.</param>
    /// <param name="judgeAlerts">Alerts are judged after this in any case, not only where adoption, stage, band or fall moved.</param>
    /// <param name="corrections">Dates that a late event moved.</param>
    /// <returns>What the summary row says of stage, band or alerts differs.</returns>
    public static bool Report(in AccountBlock block, in Occasion occasion, scoped in ScoreStanding before, bool judgeAlerts, IReadOnlyList<Correction>? corrections = null)
    {
        if (block.IsRebuilding) return false;
        var pinned = Pins.Of(block);
        var flipped = block.Adopted ^ block.ReportedAdopted;
        var rose = flipped & block.Adopted;
        var (stageBefore, stage) = (block.ReportedStage, pinned.ShownStage(block));
        var stageMoved = stageBefore != stage;
        if (flipped != 0 || stageMoved || corrections is { Count: > 0 }) TellAdoption(block, occasion, flipped, stageBefore, stage, corrections);
        block.ReportedAdopted = block.Adopted;
        block.ReportedStage = stage;

        var verdict = Bands.Judge(block, pinned.Band is not null);
        var bandMoved = TellHealth(block, occasion, before, verdict, pinned, stageMoved, out var slipMove);
        if (!(judgeAlerts || flipped != 0 || stageMoved || bandMoved || verdict.Moved || verdict.Slipped)) return false;
        var context = new JudgeContext
        {
            Occasion = occasion,
            Pinned = pinned,
            Rose = rose,
            Lapsed = flipped & ~rose,
            StageBefore = stageBefore,
            StageAfter = stage,
            Slipped = verdict.Slipped,
            SlippedFrom = verdict.From,
            SlipMove = slipMove,
        };
        return AlertJudge.Judge(block, context) || flipped != 0 || stageMoved || bandMoved;
    }

    // True: the shown band is another.
    private static bool TellHealth(
        in AccountBlock block, in Occasion occasion, scoped in ScoreStanding before, in BandVerdict verdict, in Pinned pinned, bool stageMoved, out ScoreMove? slipMove)
    {
        slipMove = null;
        var reported = new HealthState(block).Head.Reported;
        var band = pinned.ShownBand(block);
        var bandMoved = band != reported;
        if (!(stageMoved || bandMoved || verdict.Slipped || ScoreTelling.IsDue(block, occasion, before))) return false;
        if (verdict.Slipped) slipMove = DayBest.MoveSince(block);
        ScoreTelling.Tell(block, occasion, before);
        if (bandMoved) occasion.Tell(occasion.Make(block, ChangeType.BandChanged, occasion.HealthCause(block)) with { From = Bands.Name(reported), To = Bands.Name(band) });
        if (verdict.Slipped)
        {
            DayBest.Forget(block);
            var to = HealthFacts.MeasuredBand(block);
            occasion.Tell(occasion.Make(block, ChangeType.HealthSlipped, occasion.HealthCause(block)) with { From = Bands.Name(verdict.From), To = Bands.Name(to), Score = slipMove });
        }

        new HealthState(block).Head.Reported = band;
        return bandMoved;
    }

    private static void TellAdoption(in AccountBlock block, in Occasion occasion, ulong flipped, int stageBefore, int stage, IReadOnlyList<Correction>? corrections)
    {
        var cause = occasion.Cause(block);
        List<string>? expired = null;
        foreach (var product in block.Model.Products)
        {
            if ((flipped & product.Bit) == 0) continue;
            var rose = (block.Adopted & product.Bit) != 0;
            var lapsed = rose || cause.Kind != CauseKind.Tick ? null : Expiry.OfLapse(block, product);
            if (lapsed is not null) (expired ??= []).AddRange(lapsed);
            var type = rose ? ChangeType.ProductAdopted : ChangeType.ProductLapsed;
            occasion.Tell(occasion.Make(block, type, lapsed is null ? cause : cause with { Expired = lapsed }) with { Product = product.Definition.Id });
        }

        if (stageBefore != stage)
        {
            var stages = block.Model.Definition.Stages;
            occasion.Tell(occasion.Make(block, ChangeType.StageChanged, expired is null ? cause : cause with { Expired = expired }) with { From = stages[stageBefore].Id, To = stages[stage].Id });
        }

        foreach (var correction in corrections ?? [])
        {
            if ((flipped & (1UL << correction.Product)) != 0) continue;
            occasion.Tell(occasion.Make(block, ChangeType.Correction, cause) with
            {
                Product = block.Model.Products[correction.Product].Definition.Id,
                From = Text(correction.From),
                To = Text(correction.To),
                Field = correction.Field,
            });
        }
    }

    private static string? Text(int? day) => day is { } value ? Days.ToDate(value).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
}

/// <summary>A date that a late event moved without flipping anything.</summary>
internal readonly record struct Correction(int Product, string Field, int? From, int? To);

/// <summary>A product's three dates.</summary>
internal readonly record struct AdoptionDates(int? First, int? Since, int? Lapsed)
{
    public static AdoptionDates Of(in AccountBlock block, int product)
    {
        int? first = null, since = null, lapsed = null;
        foreach (var (day, isAdopted) in new AdoptionTurns(block, product))
        {
            first ??= day;
            since = isAdopted ? day : null;
            lapsed = isAdopted ? null : day;
        }

        return new AdoptionDates(first, since, lapsed);
    }

    public static AdoptionDates[] OfAll(in AccountBlock block)
    {
        var dates = new AdoptionDates[block.Model.Products.Length];
        for (var product = 0; product < dates.Length; product++) dates[product] = Of(block, product);
        return dates;
    }

    public static List<Correction> Differences(AdoptionDates[] before, AdoptionDates[] after)
    {
        var corrections = new List<Correction>();
        for (var product = 0; product < before.Length; product++)
        {
            var (was, now) = (before[product], after[product]);
            if (was.First != now.First) corrections.Add(new Correction(product, "first_adopted_on", was.First, now.First));
            if (was.Since != now.Since) corrections.Add(new Correction(product, "adopted_on", was.Since, now.Since));
            if (was.Lapsed != now.Lapsed) corrections.Add(new Correction(product, "lapsed_on", was.Lapsed, now.Lapsed));
        }

        return corrections;
    }
}
