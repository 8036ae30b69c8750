using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using static RealtimeAdoption.Engine.Tests.Sample;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>A new model in one partition: begun at one record, computed beside the live accounts, swapped in for all of them at another.</summary>
public sealed class ActivationTests
{
    /// <summary>The sample, but crm takes 40 contacts.</summary>
    private static readonly string Strict = ModelText.Replace("at_least: 25, within_days: 30", "at_least: 40, within_days: 30", StringComparison.Ordinal).Replace("\"2026-11\"", "\"strict\"", StringComparison.Ordinal);

    /// <summary>The sample, but crm takes 5 contacts and 1 activity, and events take effect at once for 20 days.</summary>
    private static readonly string Lenient = ModelText
        .Replace("{ metric: contacts_created,  at_least: 25,", "{ metric: contacts_created,  at_least: 5,", StringComparison.Ordinal)
        .Replace("{ metric: activities_logged, at_least: 10,", "{ metric: activities_logged, at_least: 1,", StringComparison.Ordinal)
        .Replace("late_days: 7", "late_days: 20", StringComparison.Ordinal)
        .Replace("\"2026-11\"", "\"lenient\"", StringComparison.Ordinal);

    /// <summary>The sample, but events take effect at once for 3 days only.</summary>
    private static readonly string Hasty = ModelText.Replace("late_days: 7", "late_days: 3", StringComparison.Ordinal).Replace("\"2026-11\"", "\"hasty\"", StringComparison.Ordinal);

    private static readonly Dictionary<string, CompiledModel> Others = new[] { Strict, Lenient, Hasty }.ToDictionary(text => text, text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "test")));

    private static PartitionDriver NewDriver(PartitionOptions? options = null) => new(Model, Start, options, others: Others);

    [Fact]
    public void An_activation_moves_every_account_at_one_position_with_cause_model_and_names_the_new_version()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        driver.Append(Crm("b", Start, "other"), Start);
        driver.Append([.. Crm("c", Start, "other").Take(15)], Start);
        Assert.Equal((2, "2026-11"), (driver.Counts.Adopted[0], driver.View("acme")!.Model));

        driver.Activate(Strict, "dana");

        Assert.Equal((1, "strict", "dana"), (driver.Partition.Generation, driver.Partition.ModelText == Strict ? driver.View("acme")!.Model : "", driver.Partition.ModelBy));
        Assert.Null(driver.Partition.Activation);
        Assert.False(driver.View("acme")!.Products[0].Adopted);
        Assert.True(driver.View("other")!.Products[0].Adopted);
        Assert.Equal((2, 1, 1, 1), (driver.Counts.Accounts, driver.Counts.Adopted[0], driver.Counts.ByStage[0], driver.Counts.ByStage[1]));
        var moved = driver.Changes.Where(change => change.Change.Cause.Kind == CauseKind.Model).ToList();
        Assert.All(moved, change => Assert.Equal(driver.Partition.Applied, change.Change.Position));
        Assert.Contains(moved, change => change.Change is { Account: "acme", Type: ChangeType.ProductLapsed, Product: "crm" });
        Assert.Contains(moved, change => change.Change is { Account: "acme", Type: ChangeType.StageChanged, To: "not_adopted" });
        Assert.DoesNotContain(moved, change => change.Change is { Account: "other", Type: ChangeType.ProductLapsed or ChangeType.StageChanged });
    }

    // Found by the simulation: the record of the first model, applied later, made the wish forgotten, and it was appended twice.
    [Fact]
    public void A_model_that_is_wished_for_before_the_first_one_is_durable_is_appended_once()
    {
        using var partition = new Partition(0, new PartitionOptions(), text => Others.GetValueOrDefault(text, Model));
        partition.Open(ModelText, Start);
        partition.Seal();
        partition.BeginActivation(new ModelWish(Strict, 1, "dana"), Start);
        partition.Seal();
        partition.Committed(2);
        Assert.True(partition.IsActivationAppended);
        partition.Committed(3);
        Assert.Equal((false, Strict), (partition.IsActivationAppended, partition.Activation?.Wish.Text));
    }

    // Found by the simulation: it was appended again, received at no instant at all, behind a tick of a day without a date.
    [Fact]
    public void A_model_that_is_wished_for_goes_with_the_first_commit_if_that_fails()
    {
        using var partition = new Partition(0, new PartitionOptions(), text => Others.GetValueOrDefault(text, Model));
        partition.Open(ModelText, Start);
        partition.Seal();
        partition.BeginActivation(new ModelWish(Strict, 1, "dana"), Start);
        partition.CommitFailed(0);
        Assert.False(partition.IsActivationAppended);
        partition.CatchUp(Start);
        partition.Seal();
        partition.Committed(2);
        Assert.Equal((Days.Of(Start), ModelText), (partition.Day, partition.ModelText));
        Assert.True(partition.BeginActivation(new ModelWish(Strict, 1, "dana"), Start));
    }

    [Fact]
    public void Until_the_swap_everything_goes_on_under_the_model_before_and_what_came_meanwhile_is_in_the_new_states()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        driver.HoldRebuilds = true;
        driver.Activate(Strict);
        Assert.Equal(ActivationStep.PassBegun, driver.StepActivation());
        driver.Append([.. Crm("b", Start + Hour).Take(15)], Start + Hour);
        driver.Append(Crm("n", Start + Hour, "newborn"), Start + Hour);
        driver.AdvanceTo(Start + Day);
        driver.Append([Event("x", Start + Day, account: "newborn")], Start + Day);
        Assert.Equal(("2026-11", 40m, true), (driver.View("acme")!.Model, driver.Contacts(), driver.View("newborn")!.Products[0].Adopted));
        driver.FinishRebuild();

        // What came meanwhile is read from the history, what comes during that is kept in memory.
        Assert.Equal(ActivationStep.PassBegun, driver.StepActivation());
        driver.Append([Event("y", Start + Day, account: "newborn"), Event("z", Start + Day, account: "latecomer")], Start + Day);
        driver.AdvanceTo(Start + (2 * Day));
        driver.FinishRebuild();
        Assert.Equal(ActivationStep.SwapAppended, driver.StepActivation());
        Assert.Equal(ActivationStep.None, driver.StepActivation());

        Assert.Equal(("strict", 40m, true), (driver.View("acme")!.Model, driver.Contacts(), driver.View("acme")!.Products[0].Adopted));
        Assert.Equal(("strict", 27m, false), (driver.View("newborn")!.Model, driver.Contacts("newborn"), driver.View("newborn")!.Products[0].Adopted));
        Assert.Equal(("strict", 1m), (driver.View("latecomer")!.Model, driver.Contacts("latecomer")));
        Assert.Equal((3, 1, 0), (driver.Counts.Accounts, driver.Counts.Adopted[0], driver.Counts.Rebuilding));
        HoldReplays(driver, "acme", "newborn", "latecomer");
    }

    [Fact]
    public void An_activation_that_is_put_back_gives_its_memory_back_and_computes_everything_again()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        driver.HoldRebuilds = true;
        driver.Activate(Strict);
        Assert.Equal(ActivationStep.PassBegun, driver.StepActivation());
        driver.Append([.. Crm("b", Start + Hour).Take(10)], Start + Hour);
        driver.FinishRebuild();
        Assert.Equal(ActivationStep.PassBegun, driver.StepActivation());
        driver.Append([.. Crm("c", Start + Hour, "newborn")], Start + Hour);
        driver.FinishRebuild();

        driver.Partition.PutActivationBack();

        driver.Append([.. Crm("d", Start + Hour).Take(10)], Start + Hour);
        driver.HoldRebuilds = false;
        while (driver.StepActivation() != ActivationStep.None)
        {
        }

        Assert.Equal(("strict", 45m, 25m), (driver.View("acme")!.Model, driver.Contacts(), driver.Contacts("newborn")));
        HoldReplays(driver, "acme", "newborn");
    }

    [Fact]
    public void Of_accounts_that_a_model_cannot_be_computed_for_the_first_hundred_are_listed_and_the_others_counted()
    {
        var tally = new PreviewTally(Model, Model, partitions: 1, movesMax: 100);
        for (var account = 0; account < 150; account++) tally.AddTrouble($"account-{account}", "It breaks.");
        var preview = tally.ToPreview();
        Assert.Equal((150, 100, 50, "account-0"), (preview.Accounts, preview.Troubles.Count, preview.TroublesOmitted, preview.Troubles[0].Account));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void A_crash_at_each_step_ends_in_the_same_state_as_none(long tailBytesMax)
    {
        var options = new PartitionOptions { RebuildAccountsMax = 1, ActivationTailBytesMax = tailBytesMax };
        string? expected = null;
        for (var crashAt = -1; crashAt < 12; crashAt++)
        {
            foreach (var withCheckpoint in new[] { false, true })
            {
                using var driver = NewDriver(options);
                driver.Append(Crm("a", Start), Start);
                driver.Append(Crm("b", Start, "other"), Start);
                driver.HoldRebuilds = true;
                driver.Activate(Strict);
                var steps = 0;
                while (driver.Partition.Activation is not null)
                {
                    var step = driver.StepActivation();
                    if (steps < 3) driver.Append([Event($"s{steps}", Start + Hour, account: $"born{steps}"), Event($"t{steps}", Start + Hour)], Start + Hour);
                    if (steps++ == crashAt)
                    {
                        if (withCheckpoint) driver.Checkpoint();
                        driver.Crash();
                        continue;
                    }

                    if (step == ActivationStep.PassBegun) driver.FinishRebuild();
                }

                Assert.Equal(28, driver.Contacts());
                var all = new[] { "acme", "other", "born0", "born1", "born2" };
                var picture = string.Join('\n', all.Select(account => PartitionPicture.Measured(driver, account)));
                expected ??= picture;
                Assert.Equal(expected, picture);
                HoldReplays(driver, all);
            }
        }
    }

    [Fact]
    public void A_failed_commit_of_either_record_is_made_good_by_the_next_one()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        driver.Journal.Failures.Enqueue(false);
        driver.Activate(Strict);
        Assert.Equal("strict", driver.View("acme")!.Model);

        driver.HoldRebuilds = true;
        driver.Activate(Lenient);
        Assert.Equal(ActivationStep.PassBegun, driver.StepActivation());
        driver.FinishRebuild();
        driver.Journal.Failures.Enqueue(false);
        Assert.Equal(ActivationStep.SwapAppended, driver.StepActivation());
        Assert.Equal(("lenient", 2), (driver.View("acme")!.Model, driver.Partition.Generation));
        HoldReplays(driver, "acme");
    }

    [Fact]
    public void The_same_text_has_no_effect_and_a_second_model_waits_for_the_first()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        var applied = driver.Partition.Applied;
        Assert.False(driver.Partition.BeginActivation(new ModelWish("model", 1, ""), Start));
        Assert.Equal(applied, driver.Partition.Appended);

        driver.HoldRebuilds = true;
        driver.Activate(Strict);
        Assert.Throws<InvalidOperationException>(() => driver.Partition.BeginActivation(new ModelWish(Lenient, 2, ""), Start));
    }

    [Fact]
    public void Another_text_of_the_same_definition_is_an_activation_that_moves_nobody()
    {
        var others = new Dictionary<string, CompiledModel> { ["same in other words"] = new(Model.Definition) };
        using var driver = new PartitionDriver(Model, Start, others: others);
        driver.Append(Crm("a", Start), Start);
        var (before, changes) = (PartitionPicture.Measured(driver, "acme"), driver.Changes.Count);

        driver.Activate("same in other words");

        Assert.Equal((1, "same in other words"), (driver.Partition.Generation, driver.Partition.ModelText));
        Assert.Equal(before, PartitionPicture.Measured(driver, "acme"));
        Assert.Equal(changes, driver.Changes.Count);
    }

    [Fact]
    public void Accounts_that_wait_for_a_rebuild_have_it_with_the_activation_and_those_marked_meanwhile_after_it()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start, import: true), Start);
        Assert.Equal(0, driver.Contacts());
        driver.HoldRebuilds = true;
        driver.Activate(Strict);
        Assert.False(driver.Partition.BeginRebuild());
        Assert.Equal(ActivationStep.PassBegun, driver.StepActivation());
        driver.Append(Crm("b", Start, "imported", import: true), Start);
        driver.Append([.. Crm("c", Start, import: true).Take(20)], Start);
        driver.FinishRebuild();
        driver.HoldRebuilds = false;
        while (driver.StepActivation() != ActivationStep.None)
        {
        }

        // The first import is in; of the second the marks have come over.
        Assert.Equal((25m, true), (driver.Contacts(), driver.View("acme")!.Rebuilding));
        Assert.Equal((0m, true, "strict"), (driver.Contacts("imported"), driver.View("imported")!.Rebuilding, driver.View("imported")!.Model));
        Assert.True(driver.Rebuild());
        Assert.Equal((45m, true, 25m), (driver.Contacts(), driver.View("acme")!.Products[0].Adopted, driver.Contacts("imported")));
        HoldReplays(driver, "acme", "imported");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_account_that_an_import_makes_during_an_activation_begins_with_its_first_record(bool withEvent)
    {
        using var driver = NewDriver();
        driver.HoldRebuilds = true;
        driver.Activate(Strict);
        driver.Append([.. Crm("a", Start, "imported", import: true).Take(5)], Start);
        driver.AdvanceTo(Start + (2 * Day));
        if (withEvent) driver.Append(Event("b", driver.NowMs, account: "imported"));
        driver.HoldRebuilds = false;
        while (driver.StepActivation() != ActivationStep.None)
        {
        }

        var view = driver.View("imported")!;
        Assert.Equal(("strict", true, DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(Start).UtcDateTime)), (view.Model, view.Rebuilding, view.StageSince));
        HoldReplays(driver, "imported");
    }

    [Fact]
    public void A_rebuild_under_way_ends_under_the_model_before_and_then_the_activation_begins()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start, import: true), Start);
        driver.HoldRebuilds = true;
        Assert.True(driver.Rebuild());
        driver.Activate(Strict);
        Assert.Equal(ActivationStep.None, driver.StepActivation());
        driver.FinishRebuild();
        Assert.Equal((25m, "2026-11"), (driver.Contacts(), driver.View("acme")!.Model));
        driver.HoldRebuilds = false;
        while (driver.StepActivation() != ActivationStep.None)
        {
        }

        Assert.Equal((25m, "strict"), (driver.Contacts(), driver.View("acme")!.Model));
        HoldReplays(driver, "acme");
    }

    [Fact]
    public void A_model_that_remembers_longer_counts_no_event_twice_whose_id_the_model_before_had_forgotten()
    {
        using var driver = NewDriver();
        driver.AdvanceTo(Start + (15 * Day));
        // Dated 12 days back: historic under the first model, its id not remembered.
        var old = Event("old", driver.NowMs, timestamp: driver.NowMs - (12 * Day));
        driver.Append(old);
        driver.Rebuild();
        driver.Activate(Lenient);
        Assert.Equal(1, driver.Contacts());

        driver.Append(old with { ReceivedAtMs = driver.NowMs });
        driver.Rebuild();
        Assert.Equal(1, driver.Contacts());
        driver.Crash();
        driver.Append(old with { ReceivedAtMs = driver.NowMs });
        driver.Rebuild();
        Assert.Equal(1, driver.Contacts());
        HoldReplays(driver, "acme");
    }

    [Fact]
    public void Ids_that_were_never_remembered_stay_unknown_through_several_models_that_remember_longer()
    {
        using var driver = NewDriver();
        driver.AdvanceTo(Start + (15 * Day));
        driver.Activate(Hasty);
        // Five days back: historic under a model of 3 late days, its id not remembered.
        var old = Event("old", driver.NowMs, timestamp: driver.NowMs - (5 * Day));
        driver.Append(old);
        driver.Activate("model");
        driver.Activate(Lenient);
        Assert.Equal(1, driver.Contacts());

        driver.Append(old with { ReceivedAtMs = driver.NowMs });
        Assert.Equal(1, driver.Contacts());
        driver.Rebuild();
        Assert.Equal(1, driver.Contacts());
        HoldReplays(driver, "acme");
    }

    [Fact]
    public void What_is_appended_behind_the_swap_is_judged_and_remembered_as_it_is_applied()
    {
        using var driver = NewDriver();
        driver.AdvanceTo(Start + (15 * Day));
        driver.HoldRebuilds = true;
        driver.Activate(Lenient);
        driver.HoldCommits = true;
        Assert.Equal(ActivationStep.SwapAppended, driver.StepActivation());
        var late = Event("late", driver.NowMs + Day, timestamp: driver.NowMs - (7 * Day));
        driver.Append(late);
        driver.Commit();
        driver.HoldCommits = false;

        Assert.Equal(("lenient", 1m), (driver.View("acme")!.Model, driver.Contacts()));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(late));
        driver.Crash();
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(late));
        HoldReplays(driver, "acme");
    }

    [Fact]
    public void What_is_historic_for_a_stopped_account_while_a_model_is_on_its_way_is_rebuilt_after_the_swap()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        QuarantineTests.Break(driver, "acme", true);
        driver.Append(Event("b", Start));
        QuarantineTests.Break(driver, "acme", false);
        driver.HoldRebuilds = true;
        driver.Activate(Strict);
        driver.Append([.. Crm("c", Start, import: true).Take(10)], Start);
        driver.HoldRebuilds = false;
        while (driver.StepActivation() != ActivationStep.None)
        {
        }

        Assert.Equal((26m, true), (driver.Contacts(), driver.View("acme")!.Rebuilding));
        Assert.True(driver.Rebuild());
        Assert.Equal((36m, 0), (driver.Contacts(), driver.Partition.Faults.Count));
    }

    [Fact]
    public void A_stopped_account_starts_anew_from_history_with_the_next_model()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        QuarantineTests.Break(driver, "acme", true);
        driver.Append(Event("b", Start));
        QuarantineTests.Break(driver, "acme", false);
        driver.Append(Event("c", Start));
        Assert.Equal((25m, 1), (driver.Contacts(), driver.Partition.Faults.Count));

        driver.Activate(Strict);

        Assert.Equal((27m, 0), (driver.Contacts(), driver.Partition.Faults.Count));
        driver.Append(Event("d", Start));
        Assert.Equal(28m, driver.Contacts());
    }

    [Fact]
    public void An_account_whose_state_breaks_at_the_swap_is_stopped_and_shown_empty_and_the_others_swap()
    {
        using var driver = NewDriver();
        driver.Append(Crm("a", Start), Start);
        driver.Append(Crm("b", Start, "other"), Start);
        QuarantineTests.Break(driver, "acme", true);

        driver.Activate(Strict);

        var fault = Assert.Single(driver.Partition.Faults);
        Assert.Equal(("acme", true), (fault.Account, fault.Stopped));
        Assert.Equal(("strict", 0m), (driver.View("acme")!.Model, driver.Contacts()));
        Assert.Equal(("strict", 25m, 2), (driver.View("other")!.Model, driver.Contacts("other"), driver.Counts.Accounts));
        driver.Append([Event("c", Start), Event("d", Start, account: "other")], Start);
        Assert.Equal((0m, 26m), (driver.Contacts(), driver.Contacts("other")));
        driver.Checkpoint();
        driver.Crash();
        Assert.Equal((0m, 26m, 1), (driver.Contacts(), driver.Contacts("other"), driver.Partition.Faults.Count));
    }

    private static void HoldReplays(PartitionDriver driver, params string[] accounts)
    {
        var before = PartitionPicture.Whole(driver, accounts);
        driver.Crash();
        Assert.Equal(before, PartitionPicture.Whole(driver, accounts));
        driver.Crash(fromScratch: true);
        Assert.Equal(before, PartitionPicture.Whole(driver, accounts));
    }
}
