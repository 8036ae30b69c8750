using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>
/// One account as its journal goes by: records, ticks, swaps, models. Tells after each what changes are due, in order, and how the account stands. Written from
/// docs/semantics.md and docs/alerts.md alone.
/// </summary>
public sealed partial class ReferenceReactions
{
    private readonly string account;
    private readonly List<Judged> records = [];
    private readonly Dictionary<Judged, ReferenceEvent> events = new(ReferenceEqualityComparer.Instance);
    private readonly ReferenceBands bands = new();
    private AdoptionModel model;
    private int today;
    private int rebuiltThrough = -1;
    private int markedThrough = -1;
    private ReferenceFacts? beside;
    private int besideThrough;
    private List<(int Day, ReferenceHealth Health)> filled = [];
    private ulong reportedAdopted;
    private int reportedStage;
    private Standing? last;

    // Of what is being told: the score right before it, and of a tick what it ended.
    private ScorePoint before = ScorePoint.None;
    private ReferenceExpiry? expiry;
    private bool tellsEveryMove;

    public ReferenceReactions(AdoptionModel model, string account, int today)
    {
        this.model = model;
        this.account = account;
        this.today = today;
        Facts = new ReferenceFacts(model, account);
        reportedStage = StageOfNothing(model);
    }

    public ReferenceFacts Facts { get; private set; }

    public ReferenceAlerts Alerts { get; } = new();

    public ReferencePins Pins { get; } = new();

    public bool Exists => records.Count > 0;

    /// <summary>A rebuild is pending.</summary>
    public bool IsMarked => markedThrough > rebuiltThrough;

    public Band ShownBand { get; private set; }

    public Band MeasuredBand => bands.Measured;

    public int ShownStage => reportedStage;

    public ReferenceScore Score { get; } = new();

    public int FilledCloses => bands.FilledCloses;

    /// <summary>Why slips happened, and what else the last judgement found.</summary>
    public (bool SlippedByBand, bool SlippedByFall) LastSlip { get; private set; }

    public Standing Now() => new(Facts, today);

    public decimal? Change(int days) => Now().Health?.Shown - bands.CloseOf(today - days);

    /// <summary>A record of the account that the journal holds. One that repeats another has no effect, but where it is historic it marks the account.</summary>
    public IReadOnlyList<ExpectedChange> Take(Judged judged)
    {
        ArgumentNullException.ThrowIfNull(judged);
        if (judged.Historic) markedThrough = judged.Order;
        if (judged.Verdict != Verdict.New) return [];
        records.Add(judged);
        Facts.BeginsBy(judged.ReceiptDay);
        beside?.BeginsBy(judged.ReceiptDay);
        coming?.Facts.BeginsBy(judged.ReceiptDay);
        if (judged.Historic || judged.Send.Kind == RecordKind.Alias) return [];
        if (coming is not null) coming.IsBorn = true;
        var changes = new List<ExpectedChange>();
        Look();
        Take(judged, changes);
        return [.. changes.Select(change => change.Cause == CauseKind.Drift ? change : change with { MessageId = judged.Send.MessageId })];
    }

    private void Take(Judged judged, List<ExpectedChange> changes)
    {
        switch (judged.Send.Kind)
        {
            case RecordKind.Usage:
                TakeUsage(judged, changes);
                return;
            case RecordKind.AlertAction:
                if (Alerts.Act(judged.Send, today) is { } done) changes.Add(done);
                break;
            case RecordKind.Override:
                Pin(judged.Send, changes);
                break;
            case RecordKind.Identify:
                // It makes the account exist, and sets nothing.
                if (!IsMarked) Judge(CauseKind.Event, changes, judgeAlerts: true, []);
                return;
            default:
                Facts.Profile = new ReferenceProfile(Effective(rebuiltThrough));
                if (beside is not null) beside.Profile = new ReferenceProfile(Effective(besideThrough));
                if (coming is not null) coming.Facts.Profile = new ReferenceProfile(Effective(coming.Through));
                break;
        }

        var cause = judged.Send.Kind is RecordKind.AlertAction or RecordKind.Override ? CauseKind.Person : CauseKind.Profile;
        if (!IsMarked) Judge(cause, changes, judgeAlerts: true, []);
    }

    /// <summary>The tick that opens a day.</summary>
    public IReadOnlyList<ExpectedChange> Tick(int day)
    {
        var changes = new List<ExpectedChange>();
        var ended = !IsMarked && Exists ? Latest() : null;
        Look();
        if (ended?.Health is { } health)
        {
            // A day without a close records none.
            bands.Close(today, health);
            if (health.IsKnown) Score.Close(before, day, changes);
            tellsEveryMove = health.IsKnown && ended.LastActivity != today;
        }

        if (beside is not null && model.Health is not null) filled.Add((today, new Standing(beside, today).Health!));
        coming?.Close(today);
        today = day;
        if (ended is null)
        {
            Score.BeginAnew();
            return changes;
        }

        var begun = Now();
        expiry = new ReferenceExpiry(Facts, ended, begun);
        tellsEveryMove |= ended.Entitled != begun.Entitled;
        EndPins(CauseKind.Tick, changes);
        Judge(CauseKind.Tick, changes, judgeAlerts: true, []);
        Score.BeginAnew();
        return changes;
    }

    /// <summary>
    /// A rebuild has read all history up to there. From here on what it makes is kept up to date beside the live account, until it takes its place.
    /// </summary>
    public void BeginRebuild(int through)
    {
        beside = Computed(model, EventOf);
        besideThrough = through;
        filled = ClosesOf(beside);
    }

    /// <summary>What a crash leaves of a rebuild: nothing.</summary>
    public void AbandonRebuild() => beside = null;

    /// <summary>A rebuilt state takes the live one's place: what was historic up to where it began has taken effect.</summary>
    public IReadOnlyList<ExpectedChange> Swap()
    {
        LookLive();
        Facts = beside ?? throw new InvalidOperationException("No rebuild was begun.");
        beside = null;
        rebuiltThrough = besideThrough;
        bands.Fill(filled, anew: false);
        var changes = new List<ExpectedChange>();
        if (IsMarked) return changes;
        BeginSwap(changes);
        EndPins(CauseKind.Rebuild, changes);
        Judge(CauseKind.Rebuild, changes, judgeAlerts: true, []);
        Score.BeginAnew();
        return changes;
    }

    // Every record and tick that changes anything is judged, so what was judged last still stands.
    private Standing Latest() => last is { } known && known.Day == today ? known : Now();

    // How the score stands right before what comes now. While a rebuild is pending nobody asks.
    private void Look()
    {
        expiry = null;
        tellsEveryMove = false;
        before = Exists && !IsMarked && Score.Told.Shown is not null ? ScorePoint.Of(Latest().Health) : ScorePoint.None;
    }

    // The same for a swap, which finds all that has come meanwhile.
    private void LookLive() => before = Exists && Score.Told.Shown is not null ? ScorePoint.Of(Now().Health) : ScorePoint.None;

    private void BeginSwap(List<ExpectedChange> changes)
    {
        expiry = null;
        tellsEveryMove = true;
        Score.BeforeSwap(before, ScorePoint.Of(Now().Health), today, changes);
    }

    private void TakeUsage(Judged judged, List<ExpectedChange> changes)
    {
        var isLate = judged.Day < today;
        var dates = isLate && !IsMarked ? Dates(Latest()) : null;
        Facts.Add(EventOf(judged));
        beside?.Add(EventOf(judged));
        coming?.Facts.Add(new ReferenceEvent(coming.Model, judged));
        if (IsMarked) return;
        var (known, adopted, stage, band, fallen) = (last, reportedAdopted, reportedStage, ShownBand, bands.HasFallen);
        var corrections = dates is null ? [] : dates.Zip(Dates(Now())).Where(d => d.First.Day != d.Second.Day).Select(d => (d.First.Product, d.First.Field, From: d.First.Day, To: d.Second.Day)).ToList();
        bool JudgesAlerts() => isLate || known is null || adopted != reportedAdopted || stage != reportedStage || band != ShownBand || fallen != bands.HasFallen
            || known.LastActivity != last!.LastActivity || known.ActiveUsers != last.ActiveUsers || known.FreshNps != last.FreshNps;
        Judge(CauseKind.Event, changes, JudgesAlerts, corrections);
    }

    private void Pin(Send send, List<ExpectedChange> changes)
    {
        if (Pins.Apply(send, model, today) is not { } done) return;
        if (done.Set is { } set) changes.Add(new(ChangeType.OverrideSet, today, CauseKind.Person) { Pin = set.Kind, By = set.By, Until = set.Until });
        if (done.Cleared is not { } cleared) return;
        changes.Add(new(ChangeType.OverrideEnded, today, CauseKind.Person) { Pin = cleared.Kind });
        if (cleared.Kind == OverrideKind.Band) bands.Unpin(ReferencePins.BandOf(cleared.Value)!.Value);
    }

    private void EndPins(CauseKind cause, List<ExpectedChange> changes)
    {
        foreach (var pin in Pins.End(today, model))
        {
            changes.Add(new(ChangeType.OverrideEnded, today, cause) { Pin = pin.Kind });
            if (pin.Kind == OverrideKind.Band) bands.Unpin(ReferencePins.BandOf(pin.Value)!.Value);
        }
    }

    private void Judge(CauseKind cause, List<ExpectedChange> changes, bool judgeAlerts, IReadOnlyList<(int Product, string Field, int? From, int? To)> corrections) =>
        Judge(cause, changes, () => judgeAlerts, corrections);

    private void Judge(CauseKind cause, List<ExpectedChange> changes, Func<bool> judgesAlerts, IReadOnlyList<(int Product, string Field, int? From, int? To)> corrections)
    {
        var now = last = Now();
        var (rose, fell) = (now.Adopted & ~reportedAdopted, reportedAdopted & ~now.Adopted);
        var stageMove = ReportAdoption(cause, now, changes);
        foreach (var (product, field, from, to) in corrections)
            if (!now.Has(rose | fell, product)) changes.Add(new(ChangeType.Correction, today, cause) { Product = model.Products[product].Id, Field = field, From = Text(from), To = Text(to) });
        var slip = ReportHealth(cause, now, stageMove is not null, changes);
        if (!judgesAlerts()) return;
        changes.AddRange(Alerts.Judge(new AlertSituation
        {
            Facts = Facts,
            Now = now,
            Cause = cause,
            ShownStage = reportedStage,
            ShownBand = ShownBand,
            MeasuredBand = bands.Measured,
            LastKnownBand = bands.LastKnown,
            HasFallen = bands.HasFallen,
            BandIsPinned = Pins.Band is not null,
            StageIsPinned = Pins.Stage is not null,
            SlippedFrom = slip?.From,
            StageMove = stageMove,
            Rose = rose,
            Fell = fell,
        }));
    }

    private (int From, int To)? ReportAdoption(CauseKind cause, Standing now, List<ExpectedChange> changes)
    {
        var expired = new List<string>();
        for (var p = 0; p < model.Products.Count; p++)
        {
            if (!now.Has(now.Adopted ^ reportedAdopted, p)) continue;
            var rose = now.Has(now.Adopted, p);
            var unmet = rose ? [] : expiry?.OfLapse(p) ?? [];
            expired.AddRange(unmet);
            changes.Add(new(rose ? ChangeType.ProductAdopted : ChangeType.ProductLapsed, today, cause) { Product = model.Products[p].Id, Expired = unmet });
        }

        reportedAdopted = now.Adopted;
        var shown = Pins.Stage is { } pinned ? model.Stages.ToList().FindIndex(s => s.Id == pinned) : now.Stage;
        if (shown == reportedStage) return null;
        var move = (reportedStage, shown);
        changes.Add(new(ChangeType.StageChanged, today, cause) { From = model.Stages[reportedStage].Id, To = model.Stages[shown].Id, Expired = expired });
        reportedStage = shown;
        return move;
    }

    private (Band From, Band To)? ReportHealth(CauseKind cause, Standing now, bool stageMoved, List<ExpectedChange> changes)
    {
        if (cause is CauseKind.Tick or CauseKind.Rebuild or CauseKind.Model) Score.BeginAnew();
        var (band, fallen, from, after) = (ShownBand, bands.HasFallen, Score.Best, ScorePoint.Of(now.Health));
        var slip = now.Health is { } health ? bands.Judge(model.Health!, health, today, Pins.Band) : bands.LoseSight();
        LastSlip = slip is { } found ? (found.To < found.From, bands.HasFallen && !fallen) : default;
        ShownBand = Pins.Band ?? bands.Measured;
        var expired = expiry?.OfScore() ?? [];
        Score.Move(cause, before, after, stageMoved || band != ShownBand || slip is not null, tellsEveryMove || expired.Count > 0, expired, today, changes);
        if (band != ShownBand) changes.Add(new(ChangeType.BandChanged, today, cause) { From = Word(band), To = Word(ShownBand), Expired = expired });
        if (slip is null) return null;
        changes.Add(new(ChangeType.HealthSlipped, today, cause) { Score = (from, after), Expired = expired });
        Score.BeginAnew();
        return slip;
    }

    // Everything that history has of the account.
    private ReferenceFacts Computed(AdoptionModel by, Func<Judged, ReferenceEvent> eventOf)
    {
        var facts = new ReferenceFacts(by, account);
        foreach (var judged in records)
        {
            facts.BeginsBy(judged.ReceiptDay);
            if (judged.Send.Kind == RecordKind.Usage) facts.Add(eventOf(judged));
        }

        facts.Profile = new ReferenceProfile(records);
        return facts;
    }

    // The score at the end of each of the last days by everything in history and by the profile as now known.
    private List<(int Day, ReferenceHealth Health)> ClosesOf(ReferenceFacts facts)
    {
        if (facts.Model.Health is not { } rules) return [];
        var days = Math.Max(rules.Slip.WithinDays, 7);
        return [.. Enumerable.Range(today - days, days).Where(day => day >= facts.First).Select(day => (day, new Standing(facts, day).Health!))];
    }

    private IEnumerable<Judged> Effective(int through) => records.Where(r => !r.Historic || r.Order <= through);

    private ReferenceEvent EventOf(Judged judged)
    {
        if (!events.TryGetValue(judged, out var found)) events[judged] = found = new ReferenceEvent(model, judged);
        return found;
    }

    private List<(int Product, string Field, int? Day)> Dates(Standing standing) =>
        [.. Enumerable.Range(0, model.Products.Count).SelectMany(p => standing.Dates(p).Select(d => (p, d.Field, d.Day)))];

    private static int StageOfNothing(AdoptionModel model) => model.Stages.ToList().FindIndex(s => s.From == 0);

    private static string Word(Band band) => band.ToString().ToLowerInvariant();

    private static string? Text(int? day) => day is { } d ? Days.ToDate(d).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : null;
}
