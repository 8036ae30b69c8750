using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>One judgement of all of an account's alerts: types in their order, products in the model's, users in ordinal order of their ids.</summary>
internal ref struct AlertJudgement
{
    private readonly AccountBlock block;
    private readonly AlertScene scene;
    private readonly AlertBook book;
    private readonly JudgeContext context;
    private readonly List<ChangeType> told = [];
    private int champions;

    public AlertJudgement(scoped in AccountBlock block, AlertScene scene, AlertBook book, scoped in JudgeContext context)
    {
        this.block = block;
        this.scene = scene;
        this.book = book;
        this.context = context;
    }

    /// <summary>What a reader of the book sees is another.</summary>
    public bool HasChanged { get; private set; }

    public void Run()
    {
        for (var type = AlertType.HealthSlip; type <= AlertType.AccountSilent; type++)
        {
            switch (type)
            {
                case AlertType.ProductAdopted:
                    JudgeProducts(type, context.Rose);
                    break;
                case AlertType.ProductLapsed:
                    JudgeProducts(type, context.Lapsed);
                    break;
                case AlertType.ProductUnadopted:
                    JudgeProducts(type, scene.Profile.Contract is null ? 0 : scene.Model.AllProducts);
                    break;
                case AlertType.ChampionQuiet:
                    JudgeChampions();
                    break;
                default:
                    Judge(new AlertKey(type, ""));
                    break;
            }
        }

        Forget();
    }

    private void JudgeProducts(AlertType type, ulong candidates)
    {
        // As most are: no alert, and nothing that could open one.
        if (candidates == 0 && book.Entries.Count == 0) return;
        foreach (var product in scene.Model.Products)
        {
            var key = new AlertKey(type, product.Definition.Id);
            if ((candidates & product.Bit) != 0 || book.Find(key) is not null) Judge(key);
        }

        foreach (var key in KeysOf(type))
        {
            if (scene.Model.ProductOf(key.Subject) < 0) Judge(key);
        }
    }

    private readonly List<AlertKey> KeysOf(AlertType type)
    {
        var keys = new List<AlertKey>();
        foreach (var entry in book.Entries)
        {
            if (entry.Key.Type == type) keys.Add(entry.Key);
        }

        return keys;
    }

    private void JudgeChampions()
    {
        var rule = scene.Rule(AlertType.ChampionQuiet);
        var quiet = scene.IsChurned || !rule.Enabled ? [] : Champions.Quiet(block, rule);
        if (quiet.Count == 0 && book.Entries.Count == 0) return;
        var keys = KeysOf(AlertType.ChampionQuiet);
        champions = 0;
        foreach (var key in keys)
        {
            if (book.Find(key) is { IsLive: true } entry && AlertConditions.Standing(block, scene, key, entry.Anchor) is { Holds: true }) champions++;
        }

        foreach (var champion in quiet)
        {
            var key = new AlertKey(AlertType.ChampionQuiet, champion.User);
            if (!keys.Contains(key)) keys.Add(key);
        }

        keys.Sort((a, b) => string.CompareOrdinal(a.Subject, b.Subject));
        foreach (var key in keys) Judge(key, quiet.Find(champion => champion.User == key.Subject));
    }

    private void Judge(AlertKey key, Champion? champion = null)
    {
        var entry = book.Find(key);
        if (entry is { IsLive: true })
        {
            JudgeLive(entry);
            return;
        }

        var rule = scene.Rule(key.Type);
        if (scene.IsChurned || !rule.Enabled) return;
        if (entry is { WaitsForPin: true })
        {
            JudgeUnpinned(entry);
            return;
        }

        if (entry is { IsHeldDown: true } && Condition(key, entry.Anchor) is { Holds: false }) entry.IsHeldDown = false;
        if (Anchor(key, champion) is not { } anchor || Condition(key, anchor) is not { Holds: true } verdict) return;
        var coolDownDays = block.Model.Planted == PlantedBug.CoolDownIgnored ? 0 : rule.CoolDownDays;
        if (!AlertLife.MayOpen(entry, verdict, coolDownDays, scene.Day)) return;
        if (key.Type == AlertType.ChampionQuiet && ++champions > Champions.LiveMax) return;
        Open(key, anchor, verdict, FiguresOf(key, champion));
    }

    // At the first judgement after the pin: what it was opened by, and what happens in this very record. The pin said nothing against it, so no cool-down holds it.
    private void JudgeUnpinned(AlertEntry entry)
    {
        if (AlertConditions.IsPinned(scene, entry.Key.Type)) return;
        var fresh = Anchor(entry.Key, champion: null);
        var anchor = fresh ?? entry.Anchor;
        if (entry.Anchor.Band > anchor.Band) anchor = anchor with { Band = entry.Anchor.Band };
        if (Condition(entry.Key, anchor) is not { } verdict) return;
        entry.IsHeldDown = false;
        if (verdict.Holds) Open(entry.Key, anchor, verdict, fresh is null ? entry.Figures : FiguresOf(entry.Key, champion: null));
    }

    private void JudgeLive(AlertEntry entry)
    {
        if (scene.IsChurned || !scene.Rule(entry.Key.Type).Enabled)
        {
            End(entry, scene.IsChurned ? AlertResolution.Churned : AlertResolution.RuleOff);
            return;
        }

        var again = entry.Key.Type == AlertType.HealthSlip && context.Slipped && !scene.IsBandPinned;
        if (again)
        {
            entry.Anchor = entry.Anchor with { Band = context.SlippedFrom > entry.Anchor.Band ? context.SlippedFrom : entry.Anchor.Band };
            entry.Figures = AlertFacts.OfSlip(scene, context.SlippedFrom, context.SlipMove);
        }

        var verdict = Condition(entry.Key, entry.Anchor) ?? new Verdict(true, entry.Severity);
        if (!verdict.Holds)
        {
            End(entry, verdict.IsOver ? AlertResolution.Passed : AlertConditions.IsPinned(scene, entry.Key.Type) ? AlertResolution.Pinned : AlertResolution.Ended);
            return;
        }

        var before = entry.Severity;
        told.Clear();
        AlertLife.GoOn(entry, verdict.Severity, again, scene.Day, told, wakesWhenWorse: block.Model.Planted != PlantedBug.SnoozeUntilWorseIgnored);
        foreach (var type in told) Tell(entry, type, before);
        HasChanged |= again;
    }

    private readonly Verdict? Condition(AlertKey key, in AlertAnchor anchor) =>
        key.Type == AlertType.ExpansionReady
            ? AlertConditions.Expansion(scene, book.Find(new AlertKey(AlertType.HealthSlip, "")) is { IsLive: true })
            : AlertConditions.Standing(block, scene, key, anchor);

    // Null: what opens one of the type has not happened in this very record.
    private readonly AlertAnchor? Anchor(AlertKey key, Champion? champion)
    {
        var stages = scene.Model.Definition.Stages;
        var product = key.Subject.Length == 0 ? -1 : scene.Model.ProductOf(key.Subject);
        switch (key.Type)
        {
            case AlertType.HealthSlip:
                return context.Slipped ? AlertAnchor.None with { Band = context.SlippedFrom } : null;
            case AlertType.StageUp:
                return context.StageAfter > context.StageBefore ? new AlertAnchor(StageSince(), stages[context.StageAfter].Id, Band.Unknown) : null;
            case AlertType.StageDown:
                return context.StageAfter < context.StageBefore ? new AlertAnchor(StageSince(), stages[context.StageBefore].Id, Band.Unknown) : null;
            case AlertType.ProductAdopted:
                return product >= 0 && (context.Rose >> product & 1) != 0 ? AlertAnchor.None with { Day = scene.Dates[product].Since ?? scene.Day } : null;
            case AlertType.ProductLapsed:
                return product >= 0 && (context.Lapsed >> product & 1) != 0 ? AlertAnchor.None with { Day = scene.Dates[product].Lapsed ?? scene.Day } : null;
            case AlertType.ChampionQuiet:
                return champion is null ? null : AlertAnchor.None with { Day = champion.LastDay };
            default:
                return AlertAnchor.None;
        }
    }

    private readonly int StageSince() => Entitlement.StageSince(block, scene.Profile);

    private readonly AlertFigures FiguresOf(AlertKey key, Champion? champion) => key.Type switch
    {
        AlertType.HealthSlip => AlertFacts.OfSlip(scene, context.SlippedFrom, context.SlipMove),
        AlertType.StageUp or AlertType.StageDown => AlertFacts.OfStage(scene.Model.Definition.Stages[context.StageBefore].Id),
        AlertType.ChampionQuiet => new AlertFigures().Put(Figure.Products, champion!.Products),
        _ => new AlertFigures(),
    };

    private void Open(AlertKey key, in AlertAnchor anchor, in Verdict verdict, AlertFigures figures)
    {
        var entry = new AlertEntry
        {
            Key = key,
            Severity = verdict.Severity,
            OpenedOn = scene.Day,
            OpenedAtMs = context.Occasion.AtMs,
            OpenedBy = context.Occasion.Kind,
            Anchor = anchor,
            Figures = figures,
        };
        book.Put(entry);
        Tell(entry, ChangeType.AlertOpened, entry.Severity);
    }

    private void End(AlertEntry entry, AlertResolution why)
    {
        AlertLife.Resolve(entry, why, scene.Day);
        Tell(entry, ChangeType.AlertResolved, entry.Severity);
    }

    private void Tell(AlertEntry entry, ChangeType type, AlertSeverity before)
    {
        HasChanged = true;
        if (entry.IsLive) entry.Figures = AlertFacts.Now(block, scene, entry);
        AlertChange.Tell(block, context.Occasion, entry, type, before);
    }

    // What has ended is read for some days; what a person keeps down stays in the book unseen.
    private void Forget()
    {
        if (book.Entries.Count == 0) return;
        foreach (var entry in book.Entries.ToArray())
        {
            if (entry.IsReadable(scene.ReadableDays(entry.Key.Type), scene.Day)) continue;
            // What waits for a pin's end may be told of again.
            if (entry.WaitsForPin) continue;
            HasChanged |= entry.Figures.Count > 0;
            entry.Figures = new AlertFigures();
            if (!entry.IsHeldDown) book.Remove(entry);
        }
    }
}
