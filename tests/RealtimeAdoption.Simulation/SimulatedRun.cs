using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Callers;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Host;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.Simulation.Watchers;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation;

/// <summary>
/// One seed, one run, one thread: a store that may fail, a host of real partitions that may die, callers who insist, clocks that jump. In its first part everything goes wrong; then nothing
/// does any more, and what was promised must be true. The same seed gives the same run, to the byte.
/// </summary>
internal sealed class SimulatedRun
{
    private const ulong IdSeed = 0x5EED;
    private const int WorkMax = 8;
    private const int StepsMax = 20_000;

    // By then whoever insists has had bad luck enough.
    private const int TurnsMax = 1_000;
    private const string FirstModel = "model 0";

    private readonly Dice dice;
    private readonly FaultSchedule faults;
    private readonly SimulatedClock clock;
    private readonly Ledger ledger = new();
    private readonly SimulatedCallers callers;
    private readonly ChangeReader reader;
    private readonly HostWorld world;
    private readonly Dictionary<string, (AdoptionModel Model, CompiledModel Compiled)> models = new(StringComparer.Ordinal);
    private readonly Planted planted;
    private SimulatedHost? host;
    private BoardWatcher board;

    private SimulatedRun(int seed, Planted planted, FaultTally tally)
    {
        this.planted = planted;
        dice = new Dice(seed ^ 0x51D);
        faults = new FaultSchedule(dice, tally);
        var traffic = Traffic.Of(seed, dice);
        Know(FirstModel, traffic.Model);
        var partitions = dice.Of(1, 2, 3);
        clock = new SimulatedClock(traffic.Sends.Count == 0 ? Days.StartMs(20_500) : traffic.Sends[0].ReceivedAtMs - dice.Between(0, 2 * Days.MsPerDay));
        var journal = new SimulatedJournal(faults, dice, partitions, IdSeed);
        var snapshots = new SimulatedSnapshots(faults, dice, partitions);
        callers = new SimulatedCallers(faults, dice, clock, IdSeed, ledger, traffic.Sends);
        reader = new ChangeReader(faults, dice, snapshots, partitions);
        board = new BoardWatcher(faults);
        var options = new PartitionOptions { RebuildAccountsMax = dice.Of(1, 2, 100), RebuildBytesMax = dice.Of(2_000, 1 << 20), ActivationTailBytesMax = dice.Of(0, 0, 1 << 20), Planted = planted.Machine };
        world = new HostWorld(journal, snapshots, clock, faults, dice, options, text => models[text].Compiled, planted.Host);
    }

    /// <param name="seed">Any.</param>
    /// <param name="planted">A bug that the checks are to find.</param>
    /// <param name="tally">Gets the faults that fired, also of a run that fails.</param>
    /// <exception cref="SimulationException">What is not as it must be.</exception>
    public static RunSummary Of(int seed, Planted planted, FaultTally tally)
    {
        try
        {
            return new SimulatedRun(seed, planted, tally).Run();
        }
        catch (Exception error) when (error is not SimulationException)
        {
            throw new SimulationException(Check.MachineHolds, $"{error.GetType().Name}: {error.Message}", error);
        }
    }

    private RunSummary Run()
    {
        for (var turns = 0; turns < TurnsMax && callers.HasDue; turns++) Turn();
        faults.Cease();
        clock.SetRight();
        Settle();
        for (var days = dice.Of(0, 1, dice.Between(2, 40), dice.Between(2, 120)); days > 0;)
        {
            var leap = dice.Of(1, 1, Math.Min(days, dice.Between(1, 20)));
            days -= leap;
            clock.AdvanceTo(clock.NowMs + (leap * Days.MsPerDay));
            if (dice.Chance(0.1)) Crash();
            Settle();
        }

        ReadFeed();
        var checks = new RunChecks(world.Journal, ledger, reader, text => models[text].Model);
        var summary = checks.Hold(host!, board);
        var live = RunChecks.States(host!);
        HoldReplay(live, fromScratch: false);
        HoldReplay(live, fromScratch: true);
        host!.Crash();
        return summary;
    }

    // Some work, some misfortune, the next delivery.
    private void Turn()
    {
        if (host is null) TryStart();
        if (host is not null)
        {
            Work(dice.Between(0, WorkMax));
            callers.Act(host);
            ChangeModel();
        }

        Mend();
        if (dice.Chance(0.05)) world.Journal.Damage();
        world.Journal.Merge();
        if (host is not null && faults.Fires(FaultKind.Crash)) Crash();
        if (callers.NextAtMs > clock.NowMs) MoveClock(callers.NextAtMs);
        callers.Deliver(host);
    }

    private void MoveClock(long toMs)
    {
        if (faults.Fires(FaultKind.ClockJumpForward)) toMs += dice.Between(1, 5 * Days.MsPerDay);
        clock.AdvanceTo(toMs);
        if (faults.Fires(FaultKind.ClockJumpBack)) clock.SetBack(dice.Of(dice.Between(1, 60_000L), dice.Between(1, 3 * Days.MsPerDay)));
        else if (dice.Chance(0.3)) clock.SetRight();
    }

    private void Work(int steps)
    {
        for (; steps > 0 && host is not null; steps--) Step(host);
    }

    private void Step(SimulatedHost on)
    {
        switch (dice.Between(0, 11))
        {
            case 0 or 1:
                on.Seal();
                break;
            case 2 or 3:
                on.Commit();
                break;
            case 4 or 5:
                on.TakePosted();
                break;
            case 6:
                on.Pulse();
                break;
            case 7:
                on.WorkTicks();
                break;
            case 8:
                on.StoreCheckpoint();
                break;
            case 9:
                on.ReadOn();
                break;
            case 10:
                reader.Step(on);
                break;
            default:
                board.Step(on);
                break;
        }
    }

    private void ChangeModel()
    {
        if (host!.IsActivating || host.IsSuspended || models.Count > 3 || !faults.Fires(FaultKind.ModelChanged)) return;
        var text = $"model {models.Count}";
        Know(text, NextModel.After(dice, models[$"model {models.Count - 1}"].Model, models.Count));
        host.Activate(text);
    }

    private void Know(string text, AdoptionModel model) => models[text] = (model, new CompiledModel(model, planted.Core));

    private void Crash()
    {
        host?.Crash();
        host = null;
        board = new BoardWatcher(faults);
        world.Snapshots.LosePower();
    }

    private void TryStart(bool fromScratch = false)
    {
        var starting = new SimulatedHost(world, ledger);
        if (!starting.TryStart(FirstModel, fromScratch))
        {
            if (starting.HasFoundDamage) world.Journal.PutBack();
            starting.Crash();
            return;
        }

        host = starting;
        reader.Hold(host);
    }

    // What an operator does about damage that was reported.
    private void Mend()
    {
        if (host is { HasFoundDamage: true })
        {
            world.Journal.PutBack();
            host.HasFoundDamage = false;
        }

        if (reader.Damaged is not { } partition) return;
        Crash();
        world.Snapshots.Remove(partition);
        reader.Damaged = null;
    }

    /// <summary>Until nothing is in flight or owed any more; time goes on where callers wait.</summary>
    private void Settle()
    {
        for (var steps = 0; steps < StepsMax; steps++)
        {
            if (host is null) TryStart();
            Mend();
            if (host is null) continue;
            host.Pulse();
            Work(WorkMax);
            while (host.ReadOn())
            {
            }

            if (!host.IsIdle) continue;
            if (callers.HasDue)
            {
                clock.AdvanceTo(callers.NextAtMs);
                callers.Deliver(host);
            }
            else if (callers.Unanswered == 0 && host.Partitions.All(partition => partition.Day >= Days.Of(clock.NowMs)))
            {
                return;
            }
        }

        throw new SimulationException(Check.WorkComesToItsEnd, $"after {StepsMax} steps {callers.Unanswered} requests are unanswered, the host is {(host is null ? "down" : host.IsSuspended ? "suspended" : "at work")}");
    }

    // A row of the feed that was damaged long ago is found when somebody reads it.
    private void ReadFeed()
    {
        reader.ReadAll(host!);
        while (reader.Damaged is not null)
        {
            Settle();
            reader.ReadAll(host!);
        }
    }

    private void HoldReplay(SortedDictionary<string, byte[]> live, bool fromScratch)
    {
        host!.Crash();
        host = null;
        // The first attempt may find a damaged segment.
        for (var attempts = 0; attempts < 2 && host is null; attempts++) TryStart(fromScratch);
        if (host is null) throw new SimulationException(Check.RecoveryFindsItsJournal, "the store cannot be recovered from");
        RunChecks.HoldStates(live, RunChecks.States(host), fromScratch ? "from the journal's start" : "from its checkpoints");
    }
}
