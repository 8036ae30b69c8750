using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>
/// What a model would do if it were activated: computed from the whole history beside the live state, which it leaves as it is. With no records after
/// <see cref="Positions"/> the activation does exactly this, account for account.
/// </summary>
public sealed record ModelPreview
{
    /// <summary>Version of the model in force.</summary>
    public required string From { get; init; }

    /// <summary>Version of the model that was previewed.</summary>
    public required string To { get; init; }

    /// <summary>By partition: the position through which it was computed.</summary>
    public required IReadOnlyList<long> Positions { get; init; }

    /// <summary>Accounts that were compared, churned ones too.</summary>
    public required int Accounts { get; init; }

    /// <summary>Over all accounts that move, listed or not.</summary>
    public required MoveCounts Counts { get; init; }

    /// <summary>Accounts by stage and band under both models.</summary>
    public required ModelShift Shift { get; init; }

    /// <summary>The accounts that move: those whose stage falls first, then those whose band does, then by the size of the score's move; ties by account.</summary>
    public required IReadOnlyList<AccountMove> Moves { get; init; }

    /// <summary>Accounts that move and are only counted, because there are more than the host lists.</summary>
    public required int MovesOmitted { get; init; }

    /// <summary>Accounts that the model could not be computed for; an activation would stop them.</summary>
    public required IReadOnlyList<AccountTrouble> Troubles { get; init; }

    /// <summary>Such accounts that are only counted, behind the first hundred.</summary>
    public int TroublesOmitted { get; init; }
}

/// <summary>How many accounts move, by kind of move. One account may count in several.</summary>
public sealed record MoveCounts
{
    /// <summary>Accounts with any move.</summary>
    public int Moved { get; set; }
    public int StageUp { get; set; }
    public int StageDown { get; set; }

    /// <summary>To a stage that the model in force does not have.</summary>
    public int StageOther { get; set; }
    public int BandBetter { get; set; }
    public int BandWorse { get; set; }

    /// <summary>From or to an unknown band.</summary>
    public int BandOther { get; set; }
    public int ScoreUp { get; set; }
    public int ScoreDown { get; set; }

    /// <summary>Products that become adopted, over all accounts.</summary>
    public int ProductsGained { get; set; }
    public int ProductsLost { get; set; }
    public int AlertsOpened { get; set; }
    public int AlertsResolved { get; set; }

    internal void Add(MoveCounts other)
    {
        (Moved, StageUp, StageDown, StageOther) = (Moved + other.Moved, StageUp + other.StageUp, StageDown + other.StageDown, StageOther + other.StageOther);
        (BandBetter, BandWorse, BandOther) = (BandBetter + other.BandBetter, BandWorse + other.BandWorse, BandOther + other.BandOther);
        (ScoreUp, ScoreDown) = (ScoreUp + other.ScoreUp, ScoreDown + other.ScoreDown);
        (ProductsGained, ProductsLost) = (ProductsGained + other.ProductsGained, ProductsLost + other.ProductsLost);
        (AlertsOpened, AlertsResolved) = (AlertsOpened + other.AlertsOpened, AlertsResolved + other.AlertsResolved);
    }
}

/// <summary>Accounts (without churned ones) by id of stage and by band, under the model in force and under the other.</summary>
public sealed record ModelShift
{
    public IDictionary<string, int> StagesBefore { get; init; } = new Dictionary<string, int>();
    public IDictionary<string, int> StagesAfter { get; init; } = new Dictionary<string, int>();
    public IDictionary<Band, int> BandsBefore { get; init; } = new Dictionary<Band, int>();
    public IDictionary<Band, int> BandsAfter { get; init; } = new Dictionary<Band, int>();

    internal void Add(ModelShift other)
    {
        Add(StagesBefore, other.StagesBefore);
        Add(StagesAfter, other.StagesAfter);
        Add(BandsBefore, other.BandsBefore);
        Add(BandsAfter, other.BandsAfter);
    }

    private static void Add<T>(IDictionary<T, int> to, IDictionary<T, int> from)
    {
        foreach (var (key, count) in from) to[key] = (to.TryGetValue(key, out var before) ? before : 0) + count;
    }
}

/// <summary>An account that a model moves.</summary>
public sealed record AccountMove
{
    public required string Account { get; init; }
    public required string Name { get; init; }
    public string? Owner { get; init; }
    public required bool Churned { get; init; }
    public required int Partition { get; init; }
    public required AccountStanding Before { get; init; }
    public required AccountStanding After { get; init; }

    /// <summary>What the activation would report, with its reasons: positions and instants stand for those of the activation.</summary>
    public required IReadOnlyList<Change> Changes { get; init; }

    /// <summary>Plain sentences without a full stop: for each product that flips what is reached and what is not, and each measure's part in the score's move.</summary>
    public required IReadOnlyList<string> Because { get; init; }
}

/// <summary>Where an account stands under one model.</summary>
/// <param name="Segment">Its id, or <c>unknown</c>.</param>
/// <param name="Stage">Its id.</param>
/// <param name="Band">As shown.</param>
/// <param name="Score">0..100; null: none.</param>
/// <param name="Products">Ids of the adopted ones, entitled or not, in the model's order.</param>
/// <param name="Alerts">The live ones.</param>
public sealed record AccountStanding(
    string Segment, string Stage, Band Band, decimal? Score, IReadOnlyList<string> Products, IReadOnlyList<AlertStanding> Alerts);

/// <summary>A live alert.</summary>
public readonly record struct AlertStanding(AlertType Type, string Subject, AlertSeverity Severity);

/// <summary>An account that could not be computed.</summary>
/// <param name="Account">Its id.</param>
/// <param name="Reason">Type and message of the broken invariant.</param>
public sealed record AccountTrouble(string Account, string Reason);
