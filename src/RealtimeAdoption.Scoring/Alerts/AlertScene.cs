using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>All that alerts look at, of one account on its day. Made where they are judged or shown; it allocates, so nothing on the way of every event makes one.</summary>
internal sealed class AlertScene
{
    private readonly CompiledAlerts rules;

    public AlertScene(in AccountBlock block, CompiledAlerts rules, in Pinned pinned)
    {
        this.rules = rules;
        Model = block.Model;
        Profile = Profile.Read(block);
        Day = block.Day;
        Segment = HealthFacts.Segment(block);
        Adopted = block.Adopted;
        Entitled = block.Entitled;
        Dates = AdoptionDates.OfAll(block);
        FirstDay = block.FirstDay;
        LastActivity = block.LastActivityDay == AccountBlock.NoDay ? null : block.LastActivityDay;
        (ShownBand, MeasuredBand, LastKnownBand) = (pinned.ShownBand(block), HealthFacts.MeasuredBand(block), HealthFacts.LastKnownBand(block));
        (IsBandPinned, IsStagePinned) = (pinned.Band is not null, pinned.Stage is not null);
        IsFallen = HealthFacts.IsFallen(block);
        ScoreTenths = HealthFacts.ScoreTenths(block);
        HighCloseTenths = HealthFacts.HighCloseTenths(block);
        Stage = pinned.ShownStage(block);
        Depth = HealthFacts.MeanDepth(block);
        ActiveUsers = HealthFacts.ActiveUsers(block);
        Seats = Profile.Seats;
        Nps = HealthFacts.NpsOf(block);
        Arr = Profile.ArrOn(Day);
        Renewal = Profile.DayOf(Profile.RenewalDate);
        LastContact = Profile.DayOf(Profile.LastContact);
        (Primary, Second) = FirstTwo(Dates);
    }

    public CompiledModel Model { get; }

    public Profile Profile { get; }

    public int Day { get; }

    /// <summary>-1: unknown.</summary>
    public int Segment { get; }

    public ulong Adopted { get; }

    public ulong Entitled { get; }

    /// <summary>By product.</summary>
    public AdoptionDates[] Dates { get; }

    public int FirstDay { get; }

    public int? LastActivity { get; }

    public Band ShownBand { get; }

    public Band MeasuredBand { get; }

    public Band LastKnownBand { get; }

    public bool IsBandPinned { get; }

    public bool IsStagePinned { get; }

    public bool IsFallen { get; }

    public int? ScoreTenths { get; }

    public int? HighCloseTenths { get; }

    /// <summary>The shown one's place in the model.</summary>
    public int Stage { get; }

    /// <summary>Rounded to 6 decimals; null: no product is adopted and entitled.</summary>
    public decimal? Depth { get; }

    public int ActiveUsers { get; }

    public int? Seats { get; }

    public NpsReading Nps { get; }

    /// <summary>A year, of the lines that cover today; null: no contract is known.</summary>
    public decimal? Arr { get; }

    public int? Renewal { get; }

    public int? LastContact { get; }

    /// <summary>The first product that was ever adopted; null: none.</summary>
    public int? Primary { get; }

    public int? Second { get; }

    public bool IsChurned => Profile.Churned;

    public bool IsLarge => rules.LargeArr is { } large && Arr >= large;

    public bool IsNpsLow => Nps.State == MeasureState.Present && (decimal)Nps.Value < Rule(AlertType.SentimentLow).Below;

    public int SecondProductDays => rules.SecondProductDays(Segment);

    public ulong Counted => Adopted & Entitled;

    public int CountedProducts => BitOperations.PopCount(Counted);

    public AlertRule Rule(AlertType type) => rules.Of(Segment, type);

    public int ReadableDays(AlertType type) => rules.ReadableDays(type);

    /// <summary>Products that can still be sold: not covered by the contract, or with no contract known not adopted.</summary>
    public ulong Whitespace => Model.AllProducts & ~(Profile.Contract is null ? Adopted : Entitled);

    /// <summary>The first day of the contract line that has been paid for longest, of those of the product that cover the day; null: none is paid for.</summary>
    public int? PaidSince(string product)
    {
        int? since = null;
        foreach (var line in Profile.Contract ?? [])
        {
            if (line.Product == product && Covers(line, Day) && line.Arr is not <= 0 && (since is null || line.Start < since)) since = line.Start;
        }

        return since;
    }

    private static bool Covers(ContractLine line, int day) => line.Start <= day && (line.End is not { } end || day < end);

    private static (int? First, int? Second) FirstTwo(AdoptionDates[] dates)
    {
        int? first = null, second = null;
        for (var product = 0; product < dates.Length; product++)
        {
            if (dates[product].First is not { } day) continue;
            if (first is null || day < dates[first.Value].First) (first, second) = (product, first);
            else if (second is null || day < dates[second.Value].First) second = product;
        }

        return (first, second);
    }
}
