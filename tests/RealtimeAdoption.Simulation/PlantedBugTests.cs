using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Host;

namespace RealtimeAdoption.Simulation;

/// <summary>The simulation has teeth: each known bug, planted alone, is caught within some seeds, and by a check that fits it. The same seed without the bug is sound.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int SeedsMost = 100;

    [Fact]
    public void An_acknowledgement_before_the_commit_is_caught() => IsCaught(new Planted(Host: PlantedHostBug.AcknowledgedBeforeCommit), Check.AcknowledgedIsInTheJournal);

    [Fact]
    public void De_duplication_that_is_off_is_caught() => IsCaught(new Planted(Machine: PlantedFault.DuplicateCounted), Check.JournalWasSent, Check.EachIdOnce);

    [Fact]
    public void An_expiry_that_is_off_by_one_day_is_caught() => IsCaught(new Planted(Core: PlantedBug.WindowOffByOneDay), Check.ChangesEqualReference, Check.AccountsEqualReference);

    [Fact]
    public void A_tail_that_is_skipped_at_recovery_is_caught() =>
        IsCaught(new Planted(Host: PlantedHostBug.TailSkipped), Check.MachineHolds, Check.FeedRepeatsItself, Check.AcknowledgedIsInTheJournal, Check.ChangesEqualReference, Check.JournalWasSent, Check.EachIdOnce);

    [Fact]
    public void A_snapshot_ahead_of_the_journal_is_caught() => IsCaught(new Planted(Host: PlantedHostBug.SnapshotAheadOfJournal), Check.RecoveryFindsItsJournal, Check.MachineHolds);

    [Fact]
    public void A_position_that_is_not_checked_at_a_replay_is_caught() =>
        IsCaught(new Planted(Machine: PlantedFault.PositionUnchecked), Check.MachineHolds, Check.FeedRepeatsItself, Check.ReplayEqualsLive, Check.ChangesEqualReference);

    [Fact]
    public void A_rebuild_without_de_duplication_is_caught() => IsCaught(new Planted(Machine: PlantedFault.RebuildKeepsRepeats), Check.ChangesEqualReference, Check.AccountsEqualReference);

    [Fact]
    public void A_tick_that_is_missed_is_caught() => IsCaught(new Planted(Machine: PlantedFault.TickSkipped), Check.ChangesEqualReference, Check.AccountsEqualReference);

    [Fact]
    public void Ids_that_stay_known_after_a_failed_commit_are_caught() => IsCaught(new Planted(Machine: PlantedFault.FailedCommitRemembered), Check.AcknowledgedIsInTheJournal);

    [Fact]
    public void Ids_that_are_not_in_the_checkpoint_are_caught() => IsCaught(new Planted(Machine: PlantedFault.IdsNotStored), Check.EachIdOnce);

    [Fact]
    public void What_came_during_an_activation_and_is_lost_is_caught() => IsCaught(new Planted(Machine: PlantedFault.ActivationTailLost), Check.ChangesEqualReference, Check.AccountsEqualReference);

    private void IsCaught(Planted planted, params Check[] by)
    {
        for (var seed = 1; seed <= SeedsMost; seed++)
        {
            if (Caught(seed, planted) is not { } caught) continue;
            Assert.Null(Caught(seed, default));
            output.WriteLine($"{planted} caught by seed {seed}: {caught.Message}");
            Assert.Contains(caught.Check, by);
            return;
        }

        Assert.Fail($"{SeedsMost} seeds did not catch {planted}.");
    }

    private static SimulationException? Caught(int seed, Planted planted)
    {
        try
        {
            SimulatedRun.Of(seed, planted, new FaultTally());
            return null;
        }
        catch (SimulationException caught)
        {
            return caught;
        }
    }
}
