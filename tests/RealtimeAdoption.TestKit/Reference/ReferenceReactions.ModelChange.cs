using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

// Readings 30, 31, 34 and 36: another model, computed beside the account from its beginning to its swap.
public sealed partial class ReferenceReactions
{
    private ComingModel? coming;

    /// <summary>A model's record: what history has of the account is computed under it, and kept up to date from here on.</summary>
    /// <param name="next">The model.</param>
    /// <param name="through">Order of the last record before it.</param>
    public void BeginModel(AdoptionModel next, int through)
    {
        var facts = Computed(next, judged => new ReferenceEvent(next, judged));
        coming = new ComingModel(next, facts, through, ClosesOf(facts)) { IsBorn = Exists };
    }

    /// <summary>The model that has begun is the account's from here on.</summary>
    public IReadOnlyList<ExpectedChange> SwapModel()
    {
        LookLive();
        var (old, after) = (model, coming ?? throw new InvalidOperationException("No model is on its way."));
        model = after.Model;
        Facts = after.Facts;
        rebuiltThrough = after.Through;
        bands.Fill(after.Closes, anew: true);
        reportedAdopted = SameProducts(old, reportedAdopted, model);
        reportedStage = SameStage(old.Stages[reportedStage], model);
        (coming, beside, last) = (null, null, null);
        events.Clear();
        var changes = new List<ExpectedChange>();
        if (IsMarked || !Exists) return changes;
        BeginSwap(changes);
        EndPins(CauseKind.Model, changes);
        Judge(CauseKind.Model, changes, judgeAlerts: true, []);
        Score.BeginAnew();
        return changes;
    }

    // By their ids.
    private static ulong SameProducts(AdoptionModel before, ulong products, AdoptionModel after)
    {
        var ids = Enumerable.Range(0, before.Products.Count).Where(p => (products & (1UL << p)) != 0).Select(p => before.Products[p].Id).ToHashSet(StringComparer.Ordinal);
        var same = 0UL;
        for (var p = 0; p < after.Products.Count; p++)
            if (ids.Contains(after.Products[p].Id)) same |= 1UL << p;
        return same;
    }

    // By its id, or else the stage of as many products as the old one began with.
    private static int SameStage(Stage stage, AdoptionModel after)
    {
        var stages = after.Stages.ToList();
        var place = stages.FindIndex(s => s.Id == stage.Id);
        return place >= 0 ? place : stages.FindIndex(s => s.From <= stage.From && (s.To is null || stage.From <= s.To));
    }

    private sealed class ComingModel(AdoptionModel model, ReferenceFacts facts, int through, List<(int Day, ReferenceHealth Health)> closes)
    {
        public AdoptionModel Model => model;

        public ReferenceFacts Facts => facts;

        public int Through => through;

        public IReadOnlyList<(int Day, ReferenceHealth Health)> Closes => closes;

        /// <summary>Of an account that historic records alone have made since, nothing has come yet that could close a day.</summary>
        public bool IsBorn { get; set; }

        public void Close(int day)
        {
            if (IsBorn && model.Health is not null) closes.Add((day, new Standing(facts, day).Health!));
        }
    }
}
