using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;
using Record = RealtimeAdoption.Scoring.Records.Record;
using static RealtimeAdoption.Engine.Tests.Sample;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>What a partition takes, refuses and remembers.</summary>
public sealed class IntakeTests
{
    [Fact]
    public void A_new_partition_begins_its_journal_with_the_model_and_the_tick_of_its_day()
    {
        using var driver = Driver();

        var segment = driver.Journal.ReadAsync(0, 0, 10, default).ToBlockingEnumerable().Single();
        var first = new Record(segment.Records.Span);
        var second = new Record(segment.Records.Span[first.Length..]);

        Assert.Equal((RecordKind.Model, RecordKind.Tick, 2), (first.Kind, second.Kind, segment.Count));
        Assert.Equal(Days.StartMs(Days.Of(Start)), second.TimeMs);
        Assert.Equal(Days.Of(Start), driver.Partition.Day);
    }

    [Fact]
    public void The_same_message_twice_has_no_effect_beyond_the_first()
    {
        using var driver = Driver();

        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m1", Start)));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("m1", Start + Hour)));
        Assert.Equal(1, driver.Contacts());
        Assert.Equal(3, driver.Partition.Applied);
    }

    [Fact]
    public void The_same_id_with_another_payload_is_a_conflict()
    {
        using var driver = Driver();

        driver.Append(Event("m1", Start));

        Assert.Equal(IntakeOutcome.Conflict, driver.Append(Event("m1", Start, name: "Activity Logged")));
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m1", Start, account: "other")));
    }

    [Fact]
    public void A_message_without_a_timestamp_is_another_one_on_another_day()
    {
        using var driver = Driver();

        driver.Append(Event("m1", Start));

        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m1", Start + Day)));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("m1", Start + Day)));
    }

    [Fact]
    public void A_message_with_a_timestamp_is_known_for_late_days_and_not_for_ever()
    {
        using var driver = Driver();
        driver.Append(Event("m1", Start, timestamp: Start));

        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("m1", Start + (7 * Day), timestamp: Start)));
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m1", Start + (9 * Day), timestamp: Start)));
        Assert.True(driver.View("acme")!.Rebuilding);
    }

    [Fact]
    public void A_message_sent_again_over_midnight_whose_corrected_time_falls_into_the_next_day_is_still_known()
    {
        using var driver = Driver();
        var midnight = Days.StartMs(Days.Of(Start));
        // Dated the last millisecond of a day; sent again, the correction makes it the first of the next.
        driver.Append(Event("m1", Start, timestamp: midnight - 1) with { SentAtMs = Start });

        var again = Event("m1", Start + (7 * Day), timestamp: midnight - 1) with { SentAtMs = Start + (7 * Day) - 1 };

        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(again));
    }

    [Fact]
    public void A_message_without_an_id_is_never_a_duplicate()
    {
        using var driver = Driver();

        driver.Append(Event("", Start));

        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("", Start)));
        Assert.Equal(2, driver.Contacts());
    }

    [Fact]
    public void More_than_a_day_ahead_is_refused_and_less_is_dated_at_the_receipt()
    {
        using var driver = Driver();

        Assert.Equal(IntakeOutcome.TimestampInFuture, driver.Append(Event("m1", Start, timestamp: Start + Day + 1)));
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m1", Start, timestamp: Start + Day)));
        Assert.Equal(Days.ToDate(Days.Of(Start)), driver.View("acme")!.LastActivityOn);
    }

    [Fact]
    public void The_senders_clock_is_corrected_by_when_it_says_it_sent()
    {
        using var driver = Driver();
        var wrong = Start + (400 * Day);

        driver.Append(Event("m1", Start, timestamp: wrong - (2 * Day)) with { SentAtMs = wrong });

        Assert.Equal(Days.ToDate(Days.Of(Start) - 2), driver.View("acme")!.LastActivityOn);
    }

    [Fact]
    public void After_a_sleep_the_missed_ticks_come_in_order_before_the_next_record()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        Assert.True(driver.View("acme")!.Products[0].Adopted);

        driver.Append(Event("late", Start + (45 * Day), account: "other"));

        Assert.Equal(Days.Of(Start) + 45, driver.Partition.Day);
        Assert.False(driver.View("acme")!.Products[0].Adopted);
        // Adopted at Start, held through day 29; the first failing day closes with the tick after it.
        var lapse = driver.Changes.First(change => change.Change.Type == Scoring.Changes.ChangeType.ProductLapsed).Change;
        Assert.Equal(Days.ToDate(Days.Of(Start) + 31), lapse.Day);
        Assert.Equal(2 + 35 + 45 + 1, driver.Partition.Applied);
    }

    [Fact]
    public void A_clock_that_goes_back_does_not_take_the_receipts_with_it()
    {
        using var driver = Driver();
        driver.Append(Event("m1", Start + Hour));

        var outcome = driver.Partition.Append(Draft(Event("m2", Start)), Start - Day);
        driver.Partition.Seal();
        driver.AdvanceTo(Start);

        Assert.Equal(IntakeOutcome.Accepted, outcome);
        Assert.Equal(Start + Hour, driver.Partition.LastInputAtMs);
    }

    [Fact]
    public void A_group_message_is_a_record_of_the_account_and_one_of_the_directory_and_neither_hides_the_other()
    {
        using var driver = Driver();

        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Group("g1", Start, "u1", "acme", RecordKind.Traits)));
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Group("g1", Start, "u1", "acme", RecordKind.Directory)));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Group("g1", Start, "u1", "acme", RecordKind.Directory)));
        Assert.Equal("acme", driver.Directory["u1"]);
        Assert.Equal(1, driver.Partition.Accounts);
    }

    [Fact]
    public void An_identify_makes_an_account_only_where_it_names_one_and_an_alias_never()
    {
        using var driver = Driver();

        driver.Append(Group("i1", Start, "u1", "", RecordKind.Identify));
        driver.Append(Group("l1", Start, "u1", "acme", RecordKind.Alias));
        Assert.Equal(0, driver.Partition.Accounts);
        driver.Append(Group("i2", Start, "u1", "acme", RecordKind.Identify));
        Assert.Equal(1, driver.Counts.Accounts);
    }

    [Fact]
    public void A_failed_commit_drops_what_it_held_so_that_it_can_be_sent_again()
    {
        using var driver = Driver();
        driver.Append(Event("m1", Start));
        driver.Journal.Failures.Enqueue(false);

        // The next day, so that its tick is dropped too.
        driver.Append(Event("m2", Start + Day));

        Assert.Equal(1, driver.Contacts());
        Assert.Equal(driver.Partition.Applied, driver.Partition.Appended);
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m2", Start + Day)));
        Assert.Equal(2, driver.Contacts());
        Assert.Equal(Days.Of(Start) + 1, driver.Partition.Day);
    }

    [Fact]
    public void A_failed_commit_that_took_effect_is_applied_and_known()
    {
        using var driver = Driver();
        driver.Journal.Failures.Enqueue(true);

        driver.Append(Event("m1", Start));

        Assert.Equal(1, driver.Contacts());
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("m1", Start)));
    }

    [Fact]
    public void Of_several_segments_in_flight_those_after_a_failed_one_are_dropped_too()
    {
        using var driver = Driver();
        driver.HoldCommits = true;
        driver.Append(Event("m1", Start));
        driver.Append(Event("m2", Start));
        driver.Append(Event("m3", Start));
        driver.Journal.Failures.Enqueue(false);

        Assert.False(driver.Commit());

        Assert.Null(driver.View("acme"));
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m2", Start)));
        Assert.True(driver.Commit());
        Assert.Equal(1, driver.Contacts());
    }

    [Fact]
    public void A_duplicate_of_a_record_that_is_not_durable_yet_is_known_and_may_not_be_told_before()
    {
        using var driver = Driver();
        driver.HoldCommits = true;
        driver.Append(Event("m1", Start));

        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("m1", Start)));
        Assert.True(driver.Partition.Applied < driver.Partition.Appended);
        driver.Commit();
        Assert.Equal(driver.Partition.Appended, driver.Partition.Applied);
    }

    [Fact]
    public void A_failed_commit_of_a_new_partitions_first_records_is_made_good_by_the_next()
    {
        using var driver = new TestKit.Drivers.PartitionDriver(Model, Start, failFirstCommit: true);
        Assert.Equal(0, driver.Partition.Applied);

        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("m1", Start)));
        Assert.Equal(3, driver.Partition.Applied);
        Assert.Equal(1, driver.Contacts());
    }

    // Found by the simulation: the ids had been forgotten by the midnights that failed, and the repetition took effect at once by the clock that was set back.
    [Fact]
    public void Midnights_that_failed_to_be_committed_are_not_taken_back_by_a_clock_that_is_set_back()
    {
        using var partition = new Engine.Partitions.Partition(0, new Engine.Partitions.PartitionOptions(), _ => Model);
        partition.Open(ModelText, Start);
        var message = Draft(Event("m1", Start, timestamp: Start));
        Assert.Equal(IntakeOutcome.Accepted, partition.Append(message, Start));
        partition.Seal();
        partition.Committed(partition.Appended);
        partition.CatchUp(Start + (20 * Days.MsPerDay));
        partition.CommitFailed(partition.Applied);

        // It is too old to be known, and meets its first in the rebuild.
        partition.Append(message, Start + 1);
        partition.Seal();
        partition.Committed(partition.Appended);
        Assert.Equal((1, 1), (partition.Historic, partition.PendingRebuilds));
    }

    private static byte[] Draft(TestKit.Reference.Send send)
    {
        using var buffer = new RecordBuffer();
        TestKit.Drivers.SendDraft.Write(buffer, send, TestKit.Drivers.PartitionDriver.IdSeed);
        return buffer.Written.ToArray();
    }
}
