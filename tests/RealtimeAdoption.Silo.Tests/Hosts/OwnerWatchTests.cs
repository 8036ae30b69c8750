using RealtimeAdoption.Silo.Membership;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class OwnerWatchTests
{
    private const long SecondMs = 1_000;

    [Fact]
    public void An_owner_that_is_behind_and_gets_on_is_well_and_one_that_stands_still_is_not()
    {
        var watch = new OwnerWatch(2, 0);
        for (var second = 1; second <= 60; second++)
        {
            // Of both the journal grows by a thousand a second; the one applies a hundred, the other what it had after ten seconds.
            watch.Look(0, 100 * second, 1_000 * second, second * SecondMs);
            watch.Look(1, Math.Min(second, 10) * 100, 1_000 * second, second * SecondMs);
        }

        Assert.Equal((1, 50L), watch.Worst(60 * SecondMs));
    }

    [Fact]
    public void An_owner_that_has_nothing_to_do_is_well_and_one_that_does_not_answer_is_not()
    {
        var watch = new OwnerWatch(2, 0);
        for (var second = 1; second <= 40; second++)
        {
            watch.Look(0, 7, 7, second * SecondMs);
            watch.Look(1, -1, 0, second * SecondMs);
        }

        Assert.Equal((1, 40L), watch.Worst(40 * SecondMs));
        watch.Look(1, 0, 0, 41 * SecondMs);
        Assert.Equal(1L, watch.Worst(41 * SecondMs).Seconds);
    }

    [Fact]
    public void A_partition_that_is_damaged_counts_as_that_until_an_owner_answers_and_not_as_one_without_an_owner()
    {
        var watch = new OwnerWatch(2, 0);
        for (var second = 1; second <= 90; second++)
        {
            watch.Look(0, 7, 7, second * SecondMs);
            // Between two tries it says so, and while it is tried it says nothing.
            if (second % 45 == 1) watch.Damaged(1, "Partition 1 is damaged.");
            watch.Look(1, -1, 1_000 * second, second * SecondMs);
            Assert.Equal(("Partition 1 is damaged.", 0L), (watch.Damage, watch.Worst(second * SecondMs).Seconds));
        }

        // It is mended, and behind by all that has come.
        watch.Look(1, 500, 90_000, 91 * SecondMs);
        Assert.Null(watch.Damage);
        for (var second = 92; second <= 131; second++) watch.Look(0, 7, 7, second * SecondMs);
        Assert.Equal((1, 40L), watch.Worst(131 * SecondMs));
    }

    [Fact]
    public void How_far_partitions_are_behind_counts_neither_those_that_are_damaged_nor_those_of_which_nothing_is_known()
    {
        var watch = new OwnerWatch(4, 0);
        watch.Look(0, 900, 1_000, SecondMs);
        watch.Look(1, 400, 1_000, SecondMs);
        watch.Look(2, -1, 1_000, SecondMs);
        watch.Look(3, 100, 1_000, SecondMs);
        watch.Damaged(3, "Partition 3 is damaged.");
        Assert.Equal((700L, 1, 600L), watch.Behind());
        // One that has no owner just now falls behind by what comes.
        watch.Look(0, -1, 3_000, 2 * SecondMs);
        watch.Look(1, 1_001, 1_000, 2 * SecondMs);
        Assert.Equal((2_100L, 0, 2_100L), watch.Behind());
    }
}
