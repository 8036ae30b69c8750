using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using static RealtimeAdoption.Engine.Tests.Sample;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>A record that breaks its account is left out, told of and kept; the account goes on without it, and the others never notice.</summary>
public sealed class PoisonTests
{
    // A program in which every NPS answer breaks its account, half way through it.
    private static readonly CompiledModel Broken = new(Model.Definition, PlantedBug.AnswerThrows);

    [Fact]
    public void A_record_that_breaks_its_account_is_left_out_and_the_account_goes_on_without_it()
    {
        using var driver = BrokenDriver();
        driver.Append([.. Crm("a", Start), .. Crm("b", Start, "other")], Start);

        driver.Append([Answer("p", "acme"), Event("c", Start), Event("d", Start, account: "other")], Start);
        Assert.Equal(("acme", true), (Assert.Single(driver.Faults).Account, driver.Faults[0].Stopped));
        Assert.Equal((25m, 26m), (driver.Contacts(), driver.Contacts("other")));
        driver.Append(Event("e", Start));
        Assert.True(driver.Rebuild());

        var record = Assert.Single(driver.Partition.Quarantined);
        Assert.Equal(("acme", "NPS Submitted", "p", Start), (record.Account, record.Name, record.MessageId, record.ReceivedAt.ToUnixTimeMilliseconds()));
        Assert.StartsWith("InvalidOperationException: This answer breaks", record.Reason, StringComparison.Ordinal);
        Assert.Equal((27m, false, true), (driver.Contacts(), Answered(driver), driver.View("acme")!.Products[0].Adopted));
        Assert.Empty(driver.Partition.Faults);
        driver.Append(Event("f", Start));
        Assert.Equal(28m, driver.Contacts());
        driver.AdvanceTo(Start + (60 * Day));
        Assert.False(driver.View("acme")!.Products[0].Adopted);
        Assert.Single(driver.Faults);
    }

    [Fact]
    public void What_is_in_quarantine_stays_there_over_restarts_from_a_checkpoint_from_the_journal_alone_and_under_a_program_that_could_apply_it()
    {
        using var driver = BrokenDriver();
        driver.Append([.. Crm("a", Start), Answer("p", "acme"), Event("b", Start)], Start);
        driver.Rebuild();
        driver.Append(Event("c", Start));
        var before = PartitionPicture.Whole(driver, ["acme"]);
        driver.Checkpoint();
        var records = driver.Partition.Quarantined.ToArray();

        driver.Crash();
        Assert.Equal(before, PartitionPicture.Whole(driver, ["acme"]));
        Assert.Equal(records, driver.Partition.Quarantined);
        driver.Crash(fromScratch: true);
        Assert.Equal(before, PartitionPicture.Whole(driver, ["acme"]));
        Assert.Equal(records, driver.Partition.Quarantined);
        var measured = PartitionPicture.Measured(driver, "acme");
        driver.Compiled = Model;
        driver.Crash(fromScratch: true);
        Assert.Equal(measured, PartitionPicture.Measured(driver, "acme"));
        Assert.Equal(records, driver.Partition.Quarantined);
        Assert.False(driver.Rebuild());
    }

    [Fact]
    public void A_stop_between_the_break_and_the_rebuild_loses_nothing()
    {
        using var driver = BrokenDriver();
        driver.Append([.. Crm("a", Start), Answer("p", "acme"), Event("b", Start)], Start);
        driver.Checkpoint();
        driver.Append(Event("c", Start));

        driver.Crash();

        Assert.True(driver.Rebuild());
        Assert.Equal((27m, 1, 0), (driver.Contacts(), driver.Partition.Quarantined.Count, driver.Partition.Faults.Count));
    }

    [Fact]
    public void A_record_that_is_released_counts_under_a_program_that_can_apply_it_and_comes_back_under_one_that_cannot()
    {
        using var driver = BrokenDriver();
        driver.Append([.. Crm("a", Start), Answer("p", "acme"), Event("b", Start)], Start);
        driver.Rebuild();
        var record = Assert.Single(driver.Partition.Quarantined);

        Release(driver, record);
        Assert.Empty(driver.Partition.Quarantined);
        Assert.True(driver.View("acme")!.Rebuilding);
        driver.Rebuild();
        Assert.Equal((record, 26m, false), (Assert.Single(driver.Partition.Quarantined), driver.Contacts(), Answered(driver)));

        driver.Compiled = Model;
        driver.Crash();
        Release(driver, record);
        driver.Checkpoint();
        driver.Crash();
        driver.Rebuild();
        Assert.Empty(driver.Partition.Quarantined);
        Assert.Equal((26m, true), (driver.Contacts(), Answered(driver)));
        Assert.False(driver.Partition.Release(record.Position, Start));
        driver.Crash(fromScratch: true);
        Assert.Equal((26m, true, 0), (driver.Contacts(), Answered(driver), driver.Partition.Quarantined.Count));
    }

    [Fact]
    public void Records_of_an_import_that_break_the_rebuild_are_left_out_each_by_itself()
    {
        using var driver = BrokenDriver();
        driver.Append([.. Crm("a", Start, timestamp: Start - (9 * Day), import: true), Answer("p", "acme") with { Import = true }, .. Crm("b", Start, timestamp: Start - Day, import: true), Answer("q", "acme") with { Import = true }], Start);

        Assert.True(driver.Rebuild());

        Assert.Equal(["p", "q"], driver.Partition.Quarantined.Select(record => record.MessageId));
        Assert.Equal(50m, driver.Contacts());
        Assert.Empty(driver.Faults);
    }

    [Fact]
    public void A_record_whose_bytes_are_damaged_is_left_out()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        using var draft = new RecordBuffer();
        SendDraft.Write(draft, Event("damaged", Start), PartitionDriver.IdSeed);
        // More properties than there are.
        draft.Writable[6] = 9;
        driver.Partition.Append(draft.Written, Start);
        driver.AdvanceTo(Start);

        Assert.Single(driver.Faults);
        Assert.True(driver.Rebuild());
        Assert.Equal("damaged", Assert.Single(driver.Partition.Quarantined).MessageId);
        Assert.Equal((25m, 0), (driver.Contacts(), driver.Partition.Faults.Count));
        driver.Crash(fromScratch: true);
        Assert.Equal((25m, 1), (driver.Contacts(), driver.Partition.Quarantined.Count));
    }

    [Fact]
    public void A_failed_commit_of_the_quarantine_is_made_good()
    {
        using var driver = BrokenDriver();
        driver.Append([.. Crm("a", Start), Answer("p", "acme"), Event("b", Start)], Start);
        driver.Journal.Failures.Enqueue(false);

        driver.Rebuild();

        Assert.Equal((26m, 1, 0), (driver.Contacts(), driver.Partition.Quarantined.Count, driver.Partition.Faults.Count));
        driver.Crash(fromScratch: true);
        Assert.Equal((26m, 1, 0), (driver.Contacts(), driver.Partition.Quarantined.Count, driver.Partition.Faults.Count));
    }

    [Fact]
    public void A_model_under_which_a_record_breaks_swaps_without_it()
    {
        using var driver = new PartitionDriver(Model, Start, others: new Dictionary<string, CompiledModel> { ["other"] = Broken });
        driver.Append([.. Crm("a", Start), Answer("p", "acme"), Event("b", Start)], Start);
        Assert.True(Answered(driver));

        Assert.Equal("acme", Assert.Single(driver.Preview("other").Troubles).Account);
        driver.Activate("other");

        Assert.Equal("p", Assert.Single(driver.Partition.Quarantined).MessageId);
        Assert.Equal((26m, false), (driver.Contacts(), Answered(driver)));
        Assert.Empty(driver.Faults);
        driver.Crash(fromScratch: true);
        Assert.Equal((26m, false, 1), (driver.Contacts(), Answered(driver), driver.Partition.Quarantined.Count));
    }

    [Fact]
    public void Beyond_the_bound_an_account_that_breaks_stays_stopped_and_is_not_tried_for_ever()
    {
        using var driver = new PartitionDriver(Broken, Start, new PartitionOptions { QuarantinedMax = 1 });
        driver.Append([.. Crm("a", Start), Answer("p", "acme"), Answer("q", "other")], Start);

        for (var i = 0; i < 20; i++) driver.Rebuild();

        Assert.False(driver.Rebuild());
        Assert.Equal("p", Assert.Single(driver.Partition.Quarantined).MessageId);
        Assert.Equal((25m, "other"), (driver.Contacts(), Assert.Single(driver.Partition.Faults).Account));
    }

    [Fact]
    public void An_account_whose_state_was_damaged_in_memory_is_made_whole_from_the_journal_and_no_record_is_blamed()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        QuarantineTests.Break(driver, "acme", true);
        driver.Append(Event("b", Start));
        Assert.Single(driver.Partition.Faults);

        Assert.True(driver.Rebuild());

        Assert.Equal((26m, 0, 0), (driver.Contacts(), driver.Partition.Faults.Count, driver.Partition.Quarantined.Count));
        driver.Append(Event("c", Start));
        Assert.Equal(27m, driver.Contacts());
    }

    private static bool Answered(PartitionDriver driver) => driver.View("acme")!.Health!.Measures.Single(measure => measure.Measure == "sentiment").State == MeasureState.Present;

    private static PartitionDriver BrokenDriver() => new(Broken, Start);

    private static Send Answer(string id, string account) =>
        new() { MessageId = id, Account = account, User = "u2", Name = "NPS Submitted", ReceivedAtMs = Start, Properties = [("score", PlainValue.OfNumber("9"))] };

    private static void Release(PartitionDriver driver, QuarantinedRecord record)
    {
        Assert.True(driver.Partition.Release(record.Position, Start));
        driver.AdvanceTo(Start);
    }
}
