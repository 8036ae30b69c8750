using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>Adds up what a preview finds, account by account. One thread at a time.</summary>
/// <param name="from">The model in force.</param>
/// <param name="to">The other one.</param>
/// <param name="partitions">Of the store.</param>
/// <param name="movesMax">Moves listed; of more the first by their order stay, the rest is counted.</param>
public sealed class PreviewTally(CompiledModel from, CompiledModel to, int partitions, int movesMax)
{
    /// <summary>Troubles listed; where a model breaks all accounts, the first ones tell why.</summary>
    public const int TroublesMax = 100;

    private readonly long[] positions = new long[partitions];
    private readonly List<AccountMove> moves = [];
    private readonly List<AccountTrouble> troubles = [];
    private readonly MoveCounts counts = new();
    private readonly ModelShift shift = new();
    private int accounts;
    private int omitted;
    private int troublesOmitted;

    /// <summary>Accounts of the partition were compared as of this position; the lowest one tells.</summary>
    public void Reach(int partition, long position) => positions[partition] = positions[partition] == 0 ? position : Math.Min(positions[partition], position);

    internal void Add(int partition, AccountComparison comparison)
    {
        accounts++;
        if (!comparison.RowBefore.Churned)
        {
            Count(shift.StagesBefore, comparison.Before.Stage);
            Count(shift.BandsBefore, comparison.Before.Band);
        }

        if (!comparison.RowAfter.Churned)
        {
            Count(shift.StagesAfter, comparison.After.Stage);
            Count(shift.BandsAfter, comparison.After.Band);
        }

        if (!comparison.IsMove) return;
        Count(comparison);
        moves.Add(comparison.ToMove(partition));
        if (moves.Count >= 2L * movesMax) Cut();
    }

    internal void AddTrouble(string account, string reason)
    {
        accounts++;
        if (troubles.Count < TroublesMax) troubles.Add(new AccountTrouble(account, reason));
        else troublesOmitted++;
    }

    /// <summary>What was found of other partitions.</summary>
    public void Add(ModelPreview part)
    {
        ArgumentNullException.ThrowIfNull(part);
        for (var i = 0; i < positions.Length; i++) positions[i] = Math.Max(positions[i], part.Positions[i]);
        accounts += part.Accounts;
        counts.Add(part.Counts);
        shift.Add(part.Shift);
        moves.AddRange(part.Moves);
        omitted += part.MovesOmitted;
        var listed = Math.Min(part.Troubles.Count, TroublesMax - troubles.Count);
        troubles.AddRange(part.Troubles.Take(listed));
        troublesOmitted += part.TroublesOmitted + part.Troubles.Count - listed;
        if (moves.Count >= 2L * movesMax) Cut();
    }

    /// <summary>When every partition is compared.</summary>
    public ModelPreview ToPreview()
    {
        Cut();
        return new ModelPreview
        {
            From = from.Definition.Version,
            To = to.Definition.Version,
            Positions = positions,
            Accounts = accounts,
            Counts = counts,
            Shift = shift,
            Moves = moves,
            MovesOmitted = omitted,
            Troubles = troubles,
            TroublesOmitted = troublesOmitted,
        };
    }

    private void Cut()
    {
        var inOrder = moves.OrderBy(StageRank).ThenBy(BandRank).ThenByDescending(ScoreMove).ThenBy(move => move.Account, StringComparer.Ordinal).ToList();
        omitted += Math.Max(0, inOrder.Count - movesMax);
        moves.Clear();
        moves.AddRange(inOrder.Take(movesMax));
    }

    private void Count(AccountComparison comparison)
    {
        var (before, after) = (comparison.Before, comparison.After);
        counts.Moved++;
        if (before.Stage != after.Stage)
        {
            var (old, now) = (PlaceOf(before.Stage), PlaceOf(after.Stage));
            if (old < 0 || now < 0) counts.StageOther++;
            else if (now > old) counts.StageUp++;
            else counts.StageDown++;
        }

        if (before.Band != after.Band)
        {
            if (before.Band == Band.Unknown || after.Band == Band.Unknown) counts.BandOther++;
            else if (after.Band > before.Band) counts.BandBetter++;
            else counts.BandWorse++;
        }

        if (before.Score is { } was && after.Score is { } now2)
        {
            if (now2 > was) counts.ScoreUp++;
            if (now2 < was) counts.ScoreDown++;
        }

        counts.ProductsGained += after.Products.Except(before.Products).Count();
        counts.ProductsLost += before.Products.Except(after.Products).Count();
        counts.AlertsOpened += comparison.Changes.Count(change => change.Type is ChangeType.AlertOpened or ChangeType.AlertReopened);
        counts.AlertsResolved += comparison.Changes.Count(change => change.Type == ChangeType.AlertResolved);
    }

    // By the model in force: the other one may have other stages.
    private int PlaceOf(string stage)
    {
        var stages = from.Definition.Stages;
        for (var i = 0; i < stages.Count; i++)
        {
            if (stages[i].Id == stage) return i;
        }

        return -1;
    }

    private int StageRank(AccountMove move)
    {
        var (old, now) = (PlaceOf(move.Before.Stage), PlaceOf(move.After.Stage));
        return now >= 0 && now < old ? now - old : move.Before.Stage == move.After.Stage ? 1 : 0;
    }

    private static int BandRank(AccountMove move) => move.After.Band != Band.Unknown && move.After.Band < move.Before.Band ? move.After.Band - move.Before.Band : 1;

    private static decimal ScoreMove(AccountMove move) => Math.Abs((move.After.Score ?? 0) - (move.Before.Score ?? 0));

    private static void Count<T>(IDictionary<T, int> into, T key)
        where T : notnull => into[key] = (into.TryGetValue(key, out var count) ? count : 0) + 1;
}
