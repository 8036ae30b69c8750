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
}
