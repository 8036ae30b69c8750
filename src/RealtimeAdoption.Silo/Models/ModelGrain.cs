using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using RealtimeAdoption.Engine.Journal;
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
    private const int DamagedPauseMs = 1_000;

    // So many hold their accounts under two models.
    private const int PartitionsAtOnce = 4;

    // The others are not kept waiting by one that is just being taken over.
    private static readonly TimeSpan AnswerMost = TimeSpan.FromSeconds(5);

    private readonly string epoch = Guid.NewGuid().ToString("N");
    private PartitionModel[] partitions = [];
    private AllSilos? silos;
    private string text = "";
    private int generation;
    private ActivationRun? run;
    private long news;
    private Task telling = Task.CompletedTask;
    private Task lookingAgain = Task.CompletedTask;

    private sealed record ActivationRun(ModelWish Wish, long BegunAtMs)
    {
        /// <summary>False: it was overtaken before.</summary>
        public TaskCompletionSource<bool> Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        silos = new AllSilos(GrainFactory, membership, house.Logger);
        partitions = await Task.WhenAll(Enumerable.Range(0, house.Identity.Partitions).Select(index => LookAsync(index, cancellationToken)));
        await FindAsync();
        this.RegisterGrainTimer(_ => GoOnAsync(), new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(PulseMs), TimeSpan.FromMilliseconds(PulseMs)) { Interleave = true });
    }

    public Task<ModelsNews?> News(string epoch, long number) => Task.FromResult(epoch == this.epoch && number == news ? null : NewsNow());

    public Task Told() => telling;

    public async Task<ActivationAnswer> Activate(string text, string by)
    {
        var version = house.ModelOf(text).Definition.Version;
        if (run is { } other) return new ActivationAnswer(ModelChangeOutcome.Busy, $"Model {house.ModelOf(other.Wish.Text).Definition.Version} is being activated; there is one at a time.", 0);
        if (text == this.text) return new ActivationAnswer(ModelChangeOutcome.Unchanged, $"This is the model in force, {version}, to the letter.", 0);
        var begun = run = new ActivationRun(new ModelWish(text, generation + 1, by), house.NowMs());
        if (!await begun.Begun.Task) return new ActivationAnswer(ModelChangeOutcome.Busy, "Another model was being activated at the same time; there is one at a time.", 0);
        await TellAsync();
        return new ActivationAnswer(ModelChangeOutcome.Begun, $"Model {version} is being activated.", begun.Wish.Generation);
    }

    // Nothing is known of one that is damaged.
    private static bool IsKnown(PartitionModel partition) => partition.Generation >= 0;

    private async Task<PartitionModel> LookAsync(int index, CancellationToken cancellationToken)
    {
        try
        {
            // An empty one has no model.
            await Patience.AskAsync(() => Partition(index).OpenDay(), cancellationToken);
            return await Patience.AskAsync(() => Partition(index).Model(), cancellationToken);
        }
        catch (JournalDamagedException error)
        {
            return Unknown(error.Message);
        }
    }

    private PartitionModel Unknown(string reason) => new(0, -1, "", 0, 0, null, new UnreadHistory(house.NowMs(), reason));

    // Those that were damaged may have been mended, and may be in the midst of anything.
    private async Task LookAgainAsync()
    {
        await Task.Delay(DamagedPauseMs);
        for (var index = 0; index < partitions.Length; index++)
        {
            if (IsKnown(partitions[index])) continue;
            try
            {
                var found = await LookAsync(index, CancellationToken.None);
                if (!IsKnown(found)) continue;
                partitions[index] = found;
                if (run is null) await FindAsync();
            }
            catch (Exception error)
            {
                // Also where what is in force was not found with it: looked at again.
                partitions[index] = Unknown(error.Message);
                house.Logger.LogDebug("Partition {Partition}, which was damaged, does not answer: {Reason}", index, error.Message);
            }
        }
    }

    // What all live by, but for those that an activation is in the midst of; and where it goes: to the newest that any partition has begun or lives by. Of two with the same number, which two coordinators have begun that did not know of
    // each other, to the later one, under the next number.
    private async Task FindAsync()
    {
        var before = run;
        var known = partitions.Select((model, index) => (Model: model, Index: index)).Where(one => IsKnown(one.Model)).ToList();
        if (known.Count == 0) throw new JournalDamagedException(partitions[0].Trouble?.Reason ?? "Nothing is known of any partition.");
        var (oldest, newest, latest) = (known.MinBy(one => one.Model.Generation), known.MaxBy(one => one.Model.Generation), known.MaxBy(one => one.Model.BegunAtMs));
        var next = known.Select(one => one.Model.Next).OfType<NextModel>().MaxBy(model => model.Generation);
        // Not asked for again: the partition may have been damaged since.
        var inForce = Scoring.Records.StableHash.Of(text) == oldest.Model.Model ? text : await Partition(oldest.Index).ModelText();
        ActivationRun? to = null;
        if (next is not null && next.Generation > newest.Model.Generation) to = new ActivationRun(new ModelWish(next.Text, next.Generation, next.By), next.BegunAtMs);
        else if (newest.Model.Generation > oldest.Model.Generation) to = await RunToAsync(newest, newest.Model.Generation);
        else if (known.DistinctBy(one => one.Model.Model).Count() > 1) to = await RunToAsync(latest, oldest.Model.Generation + 1);
        if (run != before) return;
        (text, generation, run) = (inForce, oldest.Model.Generation, to);
        news++;

        async Task<ActivationRun> RunToAsync((PartitionModel Model, int Index) one, int number) =>
            new(new ModelWish(await Partition(one.Index).ModelText(), number, one.Model.By), one.Model.BegunAtMs);
    }

    private static bool HasSwapped(PartitionModel partition, ActivationRun to) => partition.Model == Scoring.Records.StableHash.Of(to.Wish.Text);

    // Another coordinator, which did not know of this activation, has begun a later one.
    private static bool IsOvertaken(PartitionModel partition, ActivationRun to) =>
        (partition.Generation > to.Wish.Generation && !HasSwapped(partition, to)) || (partition.Next is { } next && next.Generation > to.Wish.Generation && next.Text != to.Wish.Text);

    private async Task GoOnAsync()
    {
        if (lookingAgain.IsCompleted && !Array.TrueForAll(partitions, IsKnown)) lookingAgain = LookAgainAsync();
        if (run is not { } to) return;
        var open = Enumerable.Range(0, partitions.Length).Where(index => IsKnown(partitions[index]) && !HasSwapped(partitions[index], to)).OrderBy(index => partitions[index].Next is null).ToList();
        // One that waits for its history leaves its place to others.
        var able = open.Where(index => partitions[index].Trouble is null).Take(PartitionsAtOnce);
        await Task.WhenAll(able.Concat(open.Where(index => partitions[index].Trouble is not null)).Select(index => BringForwardAsync(index, to)));
        if (run != to) return;
        news++;
        if (Array.Exists(partitions, partition => IsOvertaken(partition, to)))
        {
            await FindAsync();
            to.Begun.TrySetResult(false);
            return;
        }

        // A coordinator that did not know of this one has brought another model there, with the same number: this one comes after it.
        if (Array.Exists(partitions, partition => partition.Generation == to.Wish.Generation && !HasSwapped(partition, to)))
        {
            run = to with { Wish = to.Wish with { Generation = to.Wish.Generation + 1 } };
            return;
        }

        if (Array.Exists(partitions, partition => partition.Next?.Text == to.Wish.Text || HasSwapped(partition, to))) to.Begun.TrySetResult(true);
        if (!Array.TrueForAll(partitions, partition => HasSwapped(partition, to))) return;
        (text, generation, run) = (to.Wish.Text, to.Wish.Generation, null);
        await TellAsync();
    }

    private async Task BringForwardAsync(int index, ActivationRun to)
    {
        try
        {
            partitions[index] = await Partition(index).BringForward(to.Wish.Text, to.Wish.Generation, to.Wish.By).WaitAsync(AnswerMost);
        }
        catch (JournalDamagedException error)
        {
            partitions[index] = partitions[index] with { Trouble = partitions[index].Trouble ?? new UnreadHistory(house.NowMs(), error.Message) };
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
