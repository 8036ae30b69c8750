using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>Whose checkpoint is stored next.</summary>
public sealed class CheckpointTurnTests : IDisposable
{
    private readonly SemaphoreSlim turns = new(1);
    private readonly SemaphoreSlim lastTurns = new(1);

    public void Dispose()
    {
        turns.Dispose();
        lastTurns.Dispose();
    }

    [Fact]
    public async Task One_partition_after_the_other_has_its_turn_in_the_order_in_which_they_asked()
    {
        using CheckpointTurn first = New(), second = New(), third = New();
        await first.TakeAsync(isLast: false);
        var (secondTakes, thirdTakes) = (second.TakeAsync(isLast: false), third.TakeAsync(isLast: false));
        Assert.True(second.IsAsked(isLast: false));
        Assert.False(second.IsHeld || third.IsHeld);
        first.Return();
        await secondTakes;
        Assert.True(second.IsHeld);
        Assert.False(thirdTakes.IsCompleted);
        second.Return();
        await thirdTakes;
        Assert.True(third.IsHeld);
    }

    [Fact]
    public async Task Who_stops_while_it_waits_behind_others_waits_no_longer_and_leaves_its_turn_to_the_next()
    {
        using CheckpointTurn first = New(), stops = New(), third = New();
        await first.TakeAsync(isLast: false);
        var (waits, thirdTakes) = (stops.TakeAsync(isLast: false), third.TakeAsync(isLast: false));
        Assert.False(stops.IsAsked(isLast: true));
        var stopsTakes = stops.TakeAsync(isLast: true);
        Assert.True(stops.IsAsked(isLast: true));
        await stopsTakes;
        await waits;
        Assert.True(stops.IsHeld);
        Assert.False(thirdTakes.IsCompleted);
        first.Return();
        await thirdTakes;
        Assert.Equal((0, 0), (turns.CurrentCount, lastTurns.CurrentCount));
        stops.Return();
        third.Return();
        Assert.Equal((1, 1), (turns.CurrentCount, lastTurns.CurrentCount));
    }

    [Fact]
    public async Task One_that_is_given_up_takes_no_turn_from_the_others()
    {
        using CheckpointTurn holds = New(), waits = New(), next = New();
        await holds.TakeAsync(isLast: false);
        var waiting = waits.TakeAsync(isLast: false);
        waits.Dispose();
        holds.Dispose();
        await waiting;
        Assert.False(waits.IsHeld);
        // What it stores is still under way.
        Assert.Equal(0, turns.CurrentCount);
        holds.Return();
        await next.TakeAsync(isLast: false);
        Assert.True(next.IsHeld);
        await holds.TakeAsync(isLast: false);
        Assert.False(holds.IsHeld);
    }

    private CheckpointTurn New() => new(turns, lastTurns);
}
