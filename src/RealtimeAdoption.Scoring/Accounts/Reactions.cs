using System.Globalization;
using System.Text;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What is told of an account: the difference between what was reported last and what is measured now. Nothing while a rebuild is pending.</summary>
internal static class Reactions
{
    public static void Report(in AccountBlock block, Cause cause, DateTimeOffset at, List<Change> changes, IReadOnlyList<Correction>? corrections = null)
    {
        if (block.IsRebuilding) return;
        var flipped = block.Adopted ^ block.ReportedAdopted;
        var stageMoved = block.Stage != block.ReportedStage;
        if (flipped == 0 && !stageMoved && corrections is not { Count: > 0 }) return;

        var model = block.Model;
        var account = AccountId(block);
        var day = Days.ToDate(block.Day);
        var ordinal = 0;
        Change Next(ChangeType type, Cause why, string? product = null, string? from = null, string? to = null, string? field = null) => new()
        {
            Account = account,
            Position = why.Position,
            Ordinal = ordinal++,
            Type = type,
            Day = day,
            At = at,
            Product = product,
            From = from,
            To = to,
            Field = field,
            Cause = why,
        };

        var stageCause = cause;
        foreach (var product in model.Products)
        {
            if ((flipped & product.Bit) == 0) continue;
            var rose = (block.Adopted & product.Bit) != 0;
            var why = rose || cause.Kind != CauseKind.Tick ? cause : cause with { Expired = Expired(block, product) };
            stageCause = why;
            changes.Add(Next(rose ? ChangeType.ProductAdopted : ChangeType.ProductLapsed, why, product.Definition.Id));
        }

        if (stageMoved)
        {
            var stages = model.Definition.Stages;
            changes.Add(Next(ChangeType.StageChanged, stageCause, from: stages[block.ReportedStage].Id, to: stages[block.Stage].Id));
        }

        foreach (var correction in corrections ?? [])
        {
            if ((flipped & (1UL << correction.Product)) != 0) continue;
            changes.Add(Next(ChangeType.Correction, cause, model.Products[correction.Product].Definition.Id, Text(correction.From), Text(correction.To), correction.Field));
        }

        block.ReportedAdopted = block.Adopted;
        block.ReportedStage = block.Stage;
    }

    public static Cause EventCause(in Record record, long position) => new()
    {
        Kind = CauseKind.Event,
        Position = position,
        MessageId = record.MessageId.IsEmpty ? null : Encoding.UTF8.GetString(record.MessageId),
        Event = Encoding.UTF8.GetString(record.Name),
        User = record.User.IsEmpty ? null : Encoding.UTF8.GetString(record.User),
        Time = DateTimeOffset.FromUnixTimeMilliseconds(record.TimeMs),
    };

    public static string AccountId(in AccountBlock block) => Encoding.UTF8.GetString(Profile.AccountOf(block.SectionSpan(block.Layout.Profile)));

    // Which criteria no longer held on the day that was closed, in the words of the model.
    private static List<string> Expired(in AccountBlock block, CompiledProduct product)
    {
        var closed = block.Day - 1;
        var expired = new List<string>();
        foreach (var criterion in product.Criteria)
        {
            if (block.Model.LateDays > 0 ? Adoption.CriterionHolds(block, criterion, closed) : Adoption.CriterionHolds(block, criterion, block.Day)) continue;
            var value = Adoption.ValueOn(block, criterion, block.Model.LateDays > 0 ? closed : block.Day);
            var shown = value is { } units ? DecimalText.ToDecimal(units).ToString(CultureInfo.InvariantCulture) : "no value";
            expired.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{criterion.Metric.Definition.Id} {shown} of {criterion.Definition.AtLeast} within {criterion.Within} days"));
        }

        return expired;
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
        var runs = Adoption.Runs(block, product);
        return runs.Count == 0 ? default : new AdoptionDates(runs[0].Start, runs[^1].End is null ? runs[^1].Start : null, runs[^1].End);
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
