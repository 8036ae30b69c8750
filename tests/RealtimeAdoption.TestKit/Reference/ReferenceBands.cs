using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>Readings 26 to 30: band with its margin, fall, slip and closes of one account.</summary>
public sealed class ReferenceBands
{
    private readonly Dictionary<int, decimal> live = [];
    private readonly Dictionary<int, decimal> filled = [];

    // A pin has ended: the next known band goes by the edges alone.
    private bool byEdgesAlone;

    /// <summary>By the score, pinned or not.</summary>
    public Band Measured { get; private set; }

    /// <summary>The last one that was known, measured underneath while another is pinned. Unknown: there never was one.</summary>
    public Band LastKnown { get; private set; }

    /// <summary>The score is far enough under the highest close of the last days.</summary>
    public bool HasFallen { get; private set; }

    /// <summary>Closes that a rebuild gave and no live day had.</summary>
    public int FilledCloses => filled.Count;

    public decimal? CloseOf(int day) => live.TryGetValue(day, out var close) || filled.TryGetValue(day, out close) ? close : null;

    public void Close(int day, ReferenceHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        if (health.IsKnown) live[day] = health.Shown!.Value;
    }

    /// <summary>What live days gave stands, and what an earlier rebuild filled.</summary>
    public void Fill(IEnumerable<(int Day, ReferenceHealth Health)> days, bool anew)
    {
        ArgumentNullException.ThrowIfNull(days);
        if (anew)
        {
            live.Clear();
            filled.Clear();
        }

        foreach (var (day, health) in days)
            if (health.IsKnown && !live.ContainsKey(day)) filled.TryAdd(day, health.Shown!.Value);
    }

    /// <summary>A pin has ended or was taken away; its band was the last known one.</summary>
    public void Unpin(Band pinned)
    {
        LastKnown = pinned;
        byEdgesAlone = true;
    }

    /// <summary>The model gives no score: the band is unknown, and nothing slips.</summary>
    public (Band From, Band To)? LoseSight()
    {
        Measured = Band.Unknown;
        return null;
    }

    /// <summary>Judges the score. The slip that it is, as (from, to); null: it is none.</summary>
    public (Band From, Band To)? Judge(HealthRules rules, ReferenceHealth health, int today, Band? pinned)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(health);
        var before = LastKnown;
        var fell = false;
        if (!health.IsKnown)
        {
            Measured = Band.Unknown;
        }
        else
        {
            Measured = before == Band.Unknown || byEdgesAlone ? ByEdges(rules.Bands, health.Shown!.Value) : FromLast(rules.Bands, before, health.Shown!.Value);
            var hasFallen = IsFallen(rules.Slip, health.Shown!.Value, today);
            fell = hasFallen && !HasFallen;
            HasFallen = hasFallen;
        }

        if (Measured != Band.Unknown) byEdgesAlone = false;
        if (Measured != Band.Unknown) LastKnown = Measured;
        if (pinned is not null || Measured == Band.Unknown) return null;
        return (before != Band.Unknown && Measured < before) || fell ? (before, Measured) : null;
    }

    private bool IsFallen(SlipRules rules, decimal shown, int today)
    {
        decimal? highest = null;
        for (var day = today - rules.WithinDays; day < today; day++)
            if (CloseOf(day) is { } close && (highest is null || close > highest)) highest = close;
        return highest - shown >= rules.Fall;
    }

    private static Band ByEdges(BandRules rules, decimal score) => score >= rules.GreenFrom ? Band.Green : score >= rules.YellowFrom ? Band.Yellow : Band.Red;

    // Edge by edge: the first that is not passed stops the move.
    private static Band FromLast(BandRules rules, Band last, decimal score)
    {
        var band = last;
        while (band < Band.Green && score >= EdgeInto(rules, band + 1) + rules.Margin) band++;
        if (band > last) return band;
        while (band > Band.Red && score < EdgeInto(rules, band) - rules.Margin) band--;
        return band;
    }

    private static decimal EdgeInto(BandRules rules, Band band) => band == Band.Green ? rules.GreenFrom : rules.YellowFrom;
}
