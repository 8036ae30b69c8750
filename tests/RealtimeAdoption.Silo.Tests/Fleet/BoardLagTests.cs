using RealtimeAdoption.Silo.Fleet;

namespace RealtimeAdoption.Silo.Tests.Fleet;

/// <summary>When a board says that it is behind the journal, by looks at made-up journals.</summary>
public sealed class BoardLagTests
{
    private const int LookMs = 250;

    private readonly BoardLag lag = new(2);
    private long now = 1_000_000;

    [Fact]
    public void A_board_that_has_everything_says_nothing_however_long_it_is_quiet()
    {
        for (var i = 0; i < 100; i++) Look([50, 70], [50, 70]);
        Assert.Null(lag.Trouble);
        // Nor one that is a little behind with everything that comes.
        for (var i = 51; i < 150; i++) Look([i - 4, i + 20], [i, i + 20]);
        Assert.Null(lag.Trouble);
    }

    [Fact]
    public void What_is_lacking_for_five_seconds_is_told_with_its_age()
    {
        for (var i = 0; i <= BoardLag.SaidFromMs / LookMs; i++) Look([50, 70], [50, 71]);
        Assert.Null(lag.Trouble);
        Look([50, 70], [50, 71]);
        Assert.Equal("what came in 5 s ago is not in the figures yet: partition 1 is behind.", lag.Trouble);
        for (var i = 0; i < 8; i++) Look([50, 70], [51, 71]);
        Assert.Equal("what came in 7 s ago is not in the figures yet: partition 1 and 1 more are behind.", lag.Trouble);
    }

    [Fact]
    public void A_board_that_goes_on_and_stays_behind_says_for_how_long_all_the_time()
    {
        const int Seconds = 20;
        var told = new List<string?>();
        for (var i = 0; i < 400; i++)
        {
            Look([Math.Max(1, i - (Seconds * 1000 / LookMs)), 70], [i + 1, 70]);
            if (i >= 200) told.Add(lag.Trouble);
        }

        Assert.Equal(["what came in 20 s ago is not in the figures yet: partition 0 is behind."], told.Distinct());
    }

    [Fact]
    public void It_is_taken_back_only_when_the_board_is_nearly_level()
    {
        for (var i = 0; i < 30; i++) Look([50, 70], [51 + i, 70]);
        Assert.NotNull(lag.Trouble);
        // 2 s behind: no reason to begin saying so, and none to end it.
        Look([72, 70], [81, 70]);
        Assert.StartsWith("what came in 2 s ago", lag.Trouble, StringComparison.Ordinal);
        Look([79, 70], [82, 70]);
        Assert.Null(lag.Trouble);
        Look([79, 70], [83, 70]);
        Assert.Null(lag.Trouble);
    }

    [Fact]
    public void Of_a_partition_whose_place_is_not_told_nothing_is_said()
    {
        for (var i = 0; i < 40; i++) Look([], [50 + i, 70]);
        for (var i = 0; i < 40; i++) Look([null, 70], [90 + i, 70]);
        Assert.Null(lag.Trouble);
    }

    [Fact]
    public void Hours_behind_are_told_as_hours_and_what_is_remembered_of_them_leads_back_to_level()
    {
        var began = now;
        for (var i = 0; i < 40_000; i++) Look([50, 70], [51 + i, 70]);
        Assert.StartsWith($"what came in {(now - began - LookMs) / 1000} s ago", lag.Trouble, StringComparison.Ordinal);
        Look([40_050, 70], [40_051, 70]);
        Assert.Null(lag.Trouble);
    }

    private void Look(IReadOnlyList<long?> applied, long[] ends)
    {
        lag.Look(applied, partition => ends[partition], now);
        now += LookMs;
    }
}
