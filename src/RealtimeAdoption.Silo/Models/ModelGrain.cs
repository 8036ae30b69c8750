using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Silos;

namespace RealtimeAdoption.Silo.Models;

/// <summary>Some partitions at a time are brought through an activation, each from its own beginning in the journal to its swap; the first beginning makes it durable.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="membership">Of the silo.</param>
[Reentrant]
[KeepAlive]
[PreferLocalPlacement]
public sealed class ModelGrain(SiloHouse house, IClusterMembershipService membership) : Grain, IModelGrain
{
    private const int PulseMs = 100;

    // So many hold their accounts under two models.
    private const int PartitionsAtOnce = 4;

    private readonly string epoch = Guid.NewGuid().ToString("N");
    private PartitionModel[] partitions = [];
    private AllSilos? silos;
    private string text = "";
    private int generation;
    private ActivationRun? run;
    private long news;
    private Task telling = Task.CompletedTask;

    private sealed record ActivationRun(ModelWish Wish, long BegunAtMs)
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        silos = new AllSilos(GrainFactory, membership, house.Logger);
        partitions = await Task.WhenAll(Enumerable.Range(0, house.Identity.Partitions).Select(LookAsync));
        // All live by one model, but for those that an activation was in the midst of.
        var oldest = partitions.Select((partition, index) => (partition.Generation, Index: index)).Min();
        (generation, text) = (oldest.Generation, await Partition(oldest.Index).ModelText());
        await FindRunAsync();
        this.RegisterGrainTimer(_ => GoOnAsync(), new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(PulseMs), TimeSpan.FromMilliseconds(PulseMs)) { Interleave = true });

        async Task<PartitionModel> LookAsync(int index)
        {
            // An empty one has no model.
            await Patience.AskAsync(() => Partition(index).OpenDay(), cancellationToken);
            return await Patience.AskAsync(() => Partition(index).Model(), cancellationToken);
        }
    }

    public Task<ModelsNews?> News(string epoch, long number) => Task.FromResult(epoch == this.epoch && number == news ? null : NewsNow());

    public Task Told() => telling;

    public async Task<ActivationAnswer> Activate(string text, string by)
    {
        var version = house.ModelOf(text).Definition.Version;
        if (run is { } other) return new ActivationAnswer(ModelChangeOutcome.Busy, $"Model {house.ModelOf(other.Wish.Text).Definition.Version} is being activated; there is one at a time.", 0);
        if (text == this.text) return new ActivationAnswer(ModelChangeOutcome.Unchanged, $"This is the model in force, {version}, to the letter.", 0);
        var begun = run = new ActivationRun(new ModelWish(text, generation + 1, by), house.NowMs());
        await begun.Begun.Task;
        await TellAsync();
        return new ActivationAnswer(ModelChangeOutcome.Begun, $"Model {version} is being activated.", begun.Wish.Generation);
    }

    // The newest that any partition has begun or lives by, where not all live by it. Of two with the same number, which two coordinators have begun that did not know of each other, the later one, under the next number.
    private async Task FindRunAsync()
    {
        var next = partitions.Select(partition => partition.Next).OfType<NextModel>().MaxBy(model => model.Generation);
        var newest = partitions.Select((partition, index) => (partition.Generation, Index: index)).Max();
        if (next is not null && next.Generation > newest.Generation) run = new ActivationRun(new ModelWish(next.Text, next.Generation, next.By), next.BegunAtMs);
        else if (newest.Generation > generation)
            run = new ActivationRun(new ModelWish(await Partition(newest.Index).ModelText(), newest.Generation, partitions[newest.Index].By), partitions[newest.Index].BegunAtMs);
        else if (partitions.DistinctBy(partition => partition.Model).Count() > 1)
        {
            var (begun, at) = partitions.Select((partition, index) => (partition.BegunAtMs, Index: index)).Max();
            run = new ActivationRun(new ModelWish(await Partition(at).ModelText(), generation + 1, partitions[at].By), begun);
        }
    }

    private static bool HasSwapped(PartitionModel partition, ActivationRun to) => partition.Generation > to.Wish.Generation || partition.Model == Scoring.Records.StableHash.Of(to.Wish.Text);

    private async Task GoOnAsync()
    {
        if (run is not { } to) return;
        var open = Enumerable.Range(0, partitions.Length).Where(index => !HasSwapped(partitions[index], to)).OrderBy(index => partitions[index].Next is null).ToList();
        // One that waits for its history leaves its place to others.
        var able = open.Where(index => partitions[index].Trouble is null).Take(PartitionsAtOnce);
        await Task.WhenAll(able.Concat(open.Where(index => partitions[index].Trouble is not null)).Select(index => BringForwardAsync(index, to)));
        if (run != to) return;
        news++;
        // A coordinator that did not know of this one has brought another model there, with the same number: this one comes after it.
        if (Array.Find(partitions, partition => partition.Generation >= to.Wish.Generation && !HasSwapped(partition, to)) is { } ahead)
        {
            run = to with { Wish = to.Wish with { Generation = ahead.Generation + 1 } };
            return;
        }

        if (Array.Exists(partitions, partition => partition.Next?.Text == to.Wish.Text || HasSwapped(partition, to))) to.Begun.TrySetResult();
        if (!Array.TrueForAll(partitions, partition => HasSwapped(partition, to))) return;
        (text, generation, run) = (to.Wish.Text, to.Wish.Generation, null);
        await TellAsync();
    }

    private async Task BringForwardAsync(int index, ActivationRun to)
    {
        try
        {
            partitions[index] = await Partition(index).BringForward(to.Wish.Text, to.Wish.Generation, to.Wish.By);
        }
        catch (Exception error)
        {
            // Most often it is being taken over; it is asked again with the next pulse.
            house.Logger.LogDebug("Partition {Partition} was not brought forward: {Reason}", index, error.Message);
        }
    }

    private Task TellAsync()
    {
        var told = NewsNow();
        return telling = silos!.CallAsync(silo => silo.TakeModels(told), () => false);
    }

    private ModelsNews NewsNow() => new(epoch, news, generation, text, run is { } to ? PageForm.Write(StatusOf(to)) : null);

    private ActivationStatus StatusOf(ActivationRun to)
    {
        var swapped = partitions.Count(partition => HasSwapped(partition, to));
        var inAll = partitions.Sum(partition => partition.Next?.RecordsInAll ?? partition.Applied);
        var read = partitions.Sum(partition => HasSwapped(partition, to) ? partition.Applied : partition.Next?.RecordsRead ?? 0);
        var status = new ActivationStatus(
            house.ModelOf(to.Wish.Text).Definition.Version, house.ModelOf(text).Definition.Version, to.Wish.By, DateTimeOffset.FromUnixTimeMilliseconds(to.BegunAtMs),
            new ModelProgress(swapped, partitions.Length, read, inAll));
        var stuck = partitions.Select((partition, index) => (partition.Trouble, Index: index)).Where(partition => partition.Trouble is not null).ToList();
        if (stuck.Count == 0) return status;
        var since = DateTimeOffset.FromUnixTimeMilliseconds(stuck.Min(partition => partition.Trouble!.SinceMs));
        return status with { Stuck = new HistoryTrouble(stuck.Count, stuck[0].Index, since, stuck[0].Trouble!.Reason) };
    }

    private IPartitionGrain Partition(int index) => GrainFactory.GetGrain<IPartitionGrain>(index);
}
