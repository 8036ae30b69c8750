namespace RealtimeAdoption.Silo.Partitions;

/// <summary>A partition's turn to store a checkpoint. It is waited for before the states are copied: what waits for its turn takes no memory, and stores what there is by then. In the owner's turns.</summary>
/// <param name="turns">Of the silo's partitions.</param>
/// <param name="lastTurns">Of those that stop or are handed over.</param>
internal sealed class CheckpointTurn(SemaphoreSlim turns, SemaphoreSlim lastTurns) : IDisposable
{
    private SemaphoreSlim? held;
    private CancellationTokenSource? asking;
    private bool isLastAsked;
    private bool isOver;

    public bool IsHeld => held is not null;

    /// <summary>There is nothing to ask for.</summary>
    /// <param name="isLast">The partition stops here, or is about to.</param>
    public bool IsAsked(bool isLast) => isOver || IsHeld || (asking is not null && (isLastAsked || !isLast));

    /// <summary>Completes when the turn has come, or whoever stops has asked for its own instead. At once if there is nothing to ask for.</summary>
    /// <param name="isLast">The partition stops here, or is about to.</param>
    public async Task TakeAsync(bool isLast)
    {
        if (IsAsked(isLast)) return;
        var before = asking;
        using var mine = new CancellationTokenSource();
        (asking, isLastAsked) = (mine, isLast);
        var from = isLast ? lastTurns : turns;
        try
        {
            if (before is not null) await before.CancelAsync();
            await from.WaitAsync(mine.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            if (asking == mine) asking = null;
        }

        // Two may have come at once, or nobody wants it any more.
        if (IsHeld || isOver) from.Release();
        else held = from;
    }

    /// <summary>The next one may store.</summary>
    public void Return()
    {
        held?.Release();
        held = null;
    }

    /// <summary>None is waited for any more; one that is held stays until it is returned.</summary>
    public void Dispose()
    {
        isOver = true;
        asking?.Cancel();
    }
}
