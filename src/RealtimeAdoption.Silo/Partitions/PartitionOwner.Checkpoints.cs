using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Silo.Partitions;

// Its checkpoints: while it goes on, for the silo that it is handed over to, and at its end.
internal sealed partial class PartitionOwner
{
    private const int CheckpointPauseMs = 2_000;
    private const int LastPauseMs = 200;
    private const int TellMs = 500;

    private readonly CheckpointTurn turn = new(house.Checkpoints, house.LastCheckpoints);
    private bool isCheckpointWanted;
    private bool isStopping;
    private int handOvers;
    private long unpersistedSinceMs = -1;
    private long checkpointNotBeforeMs;

    // It waits behind no others of this silo, which go on.
    private bool IsLast => isStopping || handOvers > 0;

    /// <summary>Stores what it can in the time.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        isStopping = true;
        try
        {
            if (failure is null && cluster is not null)
            {
                await StoredAsync(() => Machine.Applied).WaitAsync(patience);
            }
        }
        catch (Exception error)
        {
            house.Logger.LogWarning("Partition {Partition} is given up without its last checkpoint, and replayed from the one before: {Reason}", index, error.Message);
        }
    }

    /// <summary>Stores what is applied now, for the silo that the partition is handed over to, and goes on meanwhile.</summary>
    /// <exception cref="TimeoutException">It has taken longer.</exception>
    public async Task CheckpointAsync(TimeSpan patience)
    {
        var now = Machine.Applied;
        handOvers++;
        try
        {
            await StoredAsync(() => now).WaitAsync(patience);
        }
        finally
        {
            handOvers--;
        }
    }

    private Task<bool> StoredAsync(Func<long> through) => WhenAsync(
        _ =>
        {
            isCheckpointWanted = Machine.Applied - Machine.Unpersisted < through();
            return !isCheckpointWanted && !Machine.IsCheckpointing;
        },
        _ => true);

    private void BeginCheckpoint()
    {
        // After one that failed not at once, whoever wants it; at a stop there is no later.
        if (!isStopping && Environment.TickCount64 < checkpointNotBeforeMs) return;
        var isAsked = turn.IsAsked(IsLast);
        if (!isAsked) _ = TakeTurnAsync();
        if (!turn.IsHeld)
        {
            // While it waits its accounts are flushed, so that little is left for its turn; where it stops, what comes meanwhile too.
            if (!isAsked || IsLast) Cluster.FlushAll();
            return;
        }

        if (!Cluster.BeginCheckpoint()) return;
        (isCheckpointWanted, unpersistedSinceMs) = (false, -1);
        if (!Machine.IsCheckpointing) turn.Return();
    }

    // What is being stored is stored to its end.
    private void GiveTurnUp()
    {
        turn.Dispose();
        if (cluster is not { Machine.IsCheckpointing: true }) turn.Return();
    }

    private async Task TakeTurnAsync()
    {
        // Asked for at once, so that it is not asked for again.
        var taken = turn.TakeAsync(IsLast);
        await Run(async () =>
        {
            await taken;
            Input(static () => { });
            // Something else has stored meanwhile what was to be stored.
            if (turn.IsHeld && !isCheckpointWanted && !Machine.IsCheckpointing) turn.Return();
        });
    }

    private async Task PersistAsync(Checkpoint checkpoint)
    {
        try
        {
            await ToldAsync(checkpoint.Position);
            await house.Snapshots.PersistAsync(checkpoint, CancellationToken.None);
        }
        catch (Exception error)
        {
            // Before the input, which may want to try again: that is another turn.
            turn.Return();
            if (error is not SnapshotException) throw;
            house.Logger.LogWarning("A checkpoint of partition {Partition} was not stored, and is tried again: {Reason}", index, error.Message);
            house.Unpersisted.Failed(index, error.Message);
            checkpointNotBeforeMs = Environment.TickCount64 + CheckpointPauseMs;
            if (isStopping) await Task.Delay(LastPauseMs);
            Input(() => Machine.PersistFailed(checkpoint.Position));
            return;
        }

        turn.Return();
        house.Unpersisted.Stored(index);
        Input(() => Machine.Persisted(checkpoint.Position));
    }

    // A replay tells again what is behind the checkpoint, and what is in it must be known. That takes a moment, or as long as there is a silo that does not answer: others have their turn then.
    private async Task ToldAsync(long through)
    {
        var told = WhenAsync(_ => users.IsTold(through), _ => true);
        if (await Task.WhenAny(told, Task.Delay(TellMs)) != told) turn.Return();
        await told;
        while (!turn.IsHeld)
        {
            await turn.TakeAsync(IsLast);
            ThrowIfOver();
            // Asked for already, by who wants the next one.
            if (!turn.IsHeld) await MovedAsync();
        }
    }

    private bool IsCheckpointDue(long nowMs)
    {
        if (Machine.Unpersisted == 0)
        {
            unpersistedSinceMs = -1;
            return false;
        }

        if (unpersistedSinceMs < 0) unpersistedSinceMs = nowMs;
        // Each try copies all that has changed.
        if (nowMs < checkpointNotBeforeMs) return false;
        return Machine.Unpersisted >= house.Owner.CheckpointRecords || nowMs - unpersistedSinceMs >= house.Owner.CheckpointSeconds * 1000L;
    }
}
