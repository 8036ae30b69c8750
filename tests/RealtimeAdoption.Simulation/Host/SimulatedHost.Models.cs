using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Simulation.Host;

// Models, and the fleet as those who look at it see it.
internal sealed partial class SimulatedHost
{
    private readonly HashSet<int> swapped = [];
    private ModelWish inForce;
    private ModelWish? wish;
    private FleetState? fleet;

    /// <summary>A model is being activated.</summary>
    public bool IsActivating => wish is not null;

    /// <summary>The one that the fleet is told by.</summary>
    public CompiledModel Model => world.ReadModel(inForce.Text);

    /// <summary>Somebody activates a model.</summary>
    public void Activate(string text)
    {
        wish = new ModelWish(text, inForce.Generation + 1, "dana");
        swapped.Clear();
        version++;
    }

    // Each partition is taken from its own beginning to its swap.
    private void GoOnWithModel(int index)
    {
        if (wish is not { } wanted || isSuspended) return;
        var partition = partitions[index];
        if (partition.ModelText == wanted.Text)
        {
            if (!swapped.Add(index) || swapped.Count < partitions.Count) return;
            (inForce, wish) = (wanted, null);
            version++;
        }
        else if (partition.Activation is not null)
        {
            partition.StepActivation(world.Clock.ShownMs);
        }
        else if (!partition.IsActivationAppended && world.Dice.Chance(0.3))
        {
            partition.BeginActivation(wanted, world.Clock.ShownMs);
        }
    }

    // All partitions live by one model, but for those that an activation was in the midst of.
    private void FindModels(string modelIfNew)
    {
        var known = partitions.Where(partition => partition.ModelText.Length > 0).ToList();
        if (known.Count == 0)
        {
            inForce = new ModelWish(modelIfNew, 0, "");
            return;
        }

        var oldest = known.MinBy(partition => partition.Generation)!;
        inForce = new ModelWish(oldest.ModelText, oldest.Generation, oldest.ModelBy);
        var newest = known.Select(partition => partition.Activation?.Wish ?? new ModelWish(partition.ModelText, partition.Generation, partition.ModelBy)).MaxBy(model => model.Generation);
        if (newest.Generation > inForce.Generation) wish = newest;
    }

    /// <summary>As of now.</summary>
    public FleetState ReadFleet()
    {
        if (fleet?.Version == version) return fleet;
        var counts = new FleetCounts(Model);
        foreach (var partition in partitions.Where(partition => partition.Counts is not null)) counts.Add(partition.Counts!);
        var day = Math.Max(0, partitions.Max(partition => partition.Day));
        ActivationStatus? status = wish is { } wanted
            ? new(world.ReadModel(wanted.Text).Definition.Version, Model.Definition.Version, wanted.By, DateTimeOffset.UnixEpoch, new ModelProgress(swapped.Count, partitions.Count, 0, 0))
            : null;
        return fleet = new FleetState(version, counts, [.. partitions.Select(partition => partition.Sequence)], partitions.Max(partition => partition.LastInputAtMs), Days.ToDate(day))
        {
            SettledDay = Days.ToDate(Math.Clamp(partitions.Min(partition => partition.SettledDay), 0, day)),
            News = FleetNews.Merge([news.Read()]),
            Activation = status,
        };
    }
}
