using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Callers;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>
/// One seed, one run, one thread: doors of several processes append to one journal, owners of partitions come and go and some do not know that they have, accounts live with actors that lose their activations, and every
/// message between them may be lost, late or there twice. Then nothing goes wrong any more, and what was promised must be true.
/// </summary>
internal sealed class ClusterRun : IDisposable
{
    private const ulong IdSeed = 0x5EED;
    private const int RequestMax = 12;
    private const int StepsMost = 8;
    private const int SettleMax = 200_000;
    private const string FirstModel = "model 0";

    private readonly Dice dice;
    private readonly ClusterWeather weather;
    private readonly SimulatedClock clock;
    private readonly SharedJournal journal;
    private readonly SimulatedSnapshots snapshots;
    private readonly SimulatedActors actors;
    private readonly SimulatedDoors doors;
    private readonly ClusterWorld world;
    private readonly IReadOnlyList<Send> sends;
    private readonly Dictionary<string, (AdoptionModel Model, CompiledModel Compiled)> models = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> texts = [];

    private ClusterRun(int seed, PlantedFault planted, ClusterTally tally)
    {
        dice = new Dice(seed ^ 0xC1A5);
        weather = new ClusterWeather(dice, tally);
        var traffic = Traffic.Of(seed, dice);
        sends = traffic.Sends;
        Know(FirstModel, traffic.Model);
        clock = new SimulatedClock(sends.Count == 0 ? Days.StartMs(20_500) : sends[0].ReceivedAtMs - dice.Between(0, Days.MsPerDay));
        var partitions = dice.Of(1, 1, 2);
        journal = new SharedJournal(dice, partitions);
        var calm = new FaultSchedule(dice, new FaultTally());
        calm.Cease();
        snapshots = new SimulatedSnapshots(calm, dice, partitions);
        actors = new SimulatedActors(weather, dice, hash => models[texts[hash]].Compiled, planted);
        doors = new SimulatedDoors(journal, weather, dice, clock, FirstModel, IdSeed);
        var options = new ClusterOptions { BatchRecordsMax = dice.Of(1, 3, 20, 5_000), ActivateFrom = dice.Of(1, 1, 2, 3), UnflushedBytesMax = dice.Of(0, 1_000, 1 << 20), StateBytesWithAnswer = dice.Of(0, 0, 400, 4_096), CallsMax = dice.Of(1, 3, 64) };
        var machine = new PartitionOptions { RebuildAccountsMax = dice.Of(1, 2, 100), RebuildBytesMax = dice.Of(2_000, 1 << 20), ActivationTailBytesMax = dice.Of(0, 0, 1 << 20), Planted = planted };
        world = new ClusterWorld(journal, snapshots, clock, weather, dice, options, machine, text => models[text].Compiled) { Actors = actors };
    }

    /// <param name="seed">Any.</param>
    /// <param name="planted">A bug that the checks are to find.</param>
    /// <param name="tally">Gets the faults that fired.</param>
    /// <exception cref="SimulationException">What is not as it must be.</exception>
    public static ClusterSummary Of(int seed, PlantedFault planted, ClusterTally tally)
    {
        using var run = new ClusterRun(seed, planted, tally);
        try
        {
            return run.Run();
        }
        catch (Exception error) when (error is not SimulationException)
        {
            throw new SimulationException(Check.MachineHolds, $"{error.GetType().Name}: {error.Message}", error);
        }
    }

    public void Dispose() => world.End();

    private ClusterSummary Run()
    {
        for (var at = 0; at < sends.Count;)
        {
            var request = new List<Send> { sends[at++] };
            while (at < sends.Count && request.Count < RequestMax && dice.Chance(0.7)) request.Add(sends[at++]);
            clock.AdvanceTo(request[^1].ReceivedAtMs);
            doors.Deliver(request);
            while (weather.Fires(ClusterFault.SentTwice)) doors.Deliver(dice.Chance(0.5) ? request : [sends[dice.Between(0, at - 1)]]);
            if (weather.Fires(ClusterFault.DaysPass)) clock.AdvanceTo(clock.NowMs + dice.Between(1, 3 * Days.MsPerDay));
            Work(dice.Between(0, 4 * StepsMost));
            Trouble();
        }

        weather.Cease();
        Settle();
        world.EndZombies();
        for (var days = dice.Of(0, 1, dice.Between(2, 20)); days > 0; days--) clock.AdvanceTo(clock.NowMs + Days.MsPerDay);
        Settle();
        return Hold();
    }

    private void Work(int steps)
    {
        for (; steps > 0; steps--)
        {
            var partition = dice.Between(0, journal.Partitions - 1);
            switch (dice.Between(0, 5))
            {
                case 0 or 1:
                    actors.Step();
                    break;
                case 2:
                    world.StepZombies();
                    break;
                default:
                    if (journal.Head(partition).Position > 0) world.Owner(partition).Step();
                    break;
            }
        }
    }

    private void Trouble()
    {
        var partition = dice.Between(0, journal.Partitions - 1);
        if (weather.Fires(ClusterFault.OwnerCrashed)) world.OwnerOf(partition)?.Crash();
        if (world.OwnerOf(partition) is { IsGone: false } && weather.Fires(ClusterFault.OwnerZombie)) world.Overtake(partition);
        if (models.Count > 3 || IsActivating() || !weather.Fires(ClusterFault.ModelChanged)) return;
        var text = $"model {models.Count}";
        Know(text, NextModel.After(dice, models[$"model {models.Count - 1}"].Model, models.Count));
        world.Wish = new ModelWish(text, models.Count - 1, "dana");
    }

    private bool IsActivating() => world.Wish is { } wish && Enumerable.Range(0, journal.Partitions).Any(partition => world.OwnerOf(partition) is not { IsGone: false } owner || owner.Machine.Generation < wish.Generation);

    private void Know(string text, AdoptionModel model)
    {
        models[text] = (model, new CompiledModel(model));
        texts[StableHash.Of(text)] = text;
    }

    private void Settle()
    {
        for (var steps = 0; steps < SettleMax; steps++)
        {
            doors.OpenDay();
            Work(StepsMost);
            if (!actors.IsBusy && !IsActivating() && Enumerable.Range(0, journal.Partitions).All(partition => world.Owner(partition).IsIdle)) return;
        }

        throw new SimulationException(Check.WorkComesToItsEnd, $"after {SettleMax} steps there is work left");
    }

    private ClusterSummary Hold()
    {
        var changes = 0;
        for (var partition = 0; partition < journal.Partitions; partition++)
        {
            var owner = world.Owner(partition);
            while (!owner.Partition.FlushAll())
            {
                foreach (var output in Outputs(owner)) actors.Send(owner, output.Call);
                actors.Step();
            }

            changes += Hold(partition, owner);
        }

        world.HoldNews();
        return new ClusterSummary(Enumerable.Range(0, journal.Partitions).Sum(partition => journal.Records(partition).Count), changes, actors.Delivered);
    }

    private static IEnumerable<CallAccount> Outputs(SimulatedOwner owner)
    {
        while (owner.Partition.TryTake(out var output))
            if (output is CallAccount call) yield return call;
    }

    // Against a replay, to the byte, and against the reference.
    private int Hold(int partition, SimulatedOwner owner)
    {
        var replica = world.ReplicaAt(partition, journal.Head(partition).Position);
        var fold = Fold(partition, replica);
        foreach (var account in fold.Accounts.Keys) world.HoldState(partition, account, owner.Machine.Applied, owner.Machine);
        if (owner.Machine.Accounts != fold.Accounts.Count) throw new SimulationException(Check.AccountsEqualReference, $"partition {partition} has {owner.Machine.Accounts} accounts, its journal {fold.Accounts.Count}");
        var feed = Feed(partition, owner);
        var due = replica.Partition.UnpersistedFeed(0, int.MaxValue);
        for (var i = 0; i < Math.Max(feed.Count, due.Count); i++)
        {
            var (told, again) = (i < feed.Count ? PartitionDriver.Text(feed[i]) : "none", i < due.Count ? PartitionDriver.Text(due[i]) : "none");
            if (told != again) throw new SimulationException(Check.FeedRepeatsItself, $"change {i + 1} of partition {partition} is {told}; a replay tells {again}");
        }

        if (fold.Difference(feed.Select(change => change.Change)) is { } difference) throw new SimulationException(Check.ChangesEqualReference, $"partition {partition}: {difference}");
        foreach (var id in fold.Accounts.Keys)
        {
            var view = owner.Machine.View(id, explain: true);
            var read = view is null ? null : new AccountRead(view, owner.Machine.Users(id)!, owner.Machine.Row(StableHash.Of(id))!);
            if (fold.Difference(id, read) is { } wrong) throw new SimulationException(Check.AccountsEqualReference, $"partition {partition}: {wrong}");
        }

        return feed.Count;
    }

    private List<Engine.Snapshots.StoredChange> Feed(int partition, SimulatedOwner owner)
    {
        var stored = snapshots.FeedAsync(partition, 0, int.MaxValue, default).AsTask().GetAwaiter().GetResult();
        return [.. stored.Concat(owner.Machine.UnpersistedFeed(0, int.MaxValue)).DistinctBy(change => change.Sequence).OrderBy(change => change.Sequence)];
    }

    private JournalFold Fold(int partition, Replica replica)
    {
        var records = journal.Records(partition);
        var fold = new JournalFold(records, text => models[text].Model);
        for (var i = 0; i < records.Count; i++)
        {
            var record = new Record(records[i]);
            var send = journal.SentAt(partition, i + 1) is { } sent ? sent with { ReceivedAtMs = record.ReceivedAtMs } : null;
            var judged = fold.Take(record, i + 1, send, replica.Voids.Contains(i + 1));
            if (judged is { Verdict: Verdict.Repeat, MustBeKnown: true } && !replica.Voids.Contains(i + 1)) throw new SimulationException(Check.EachIdOnce, $"partition {partition}, position {i + 1}: {send}");
            if (judged is { Verdict: not Verdict.Repeat } && replica.Voids.Contains(i + 1)) throw new SimulationException(Check.EachIdOnce, $"new, and without effect: partition {partition}, position {i + 1}: {send}");
        }

        return fold;
    }
}

/// <summary>What a run held.</summary>
/// <param name="Records">In the journal.</param>
/// <param name="Changes">In the feeds.</param>
/// <param name="Calls">That reached an actor.</param>
internal sealed record ClusterSummary(int Records, int Changes, int Calls);
