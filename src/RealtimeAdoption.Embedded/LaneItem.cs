using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Embedded;

/// <summary>Something that a lane does in its own thread, in the order it was posted.</summary>
internal abstract class LaneItem
{
    public abstract void Run(Lane lane);

    /// <summary>Instead, in a lane that is broken.</summary>
    public virtual void Refuse(Lane lane, string reason)
    {
    }
}

internal sealed class LaneEnd : LaneItem
{
    public override void Run(Lane lane) => lane.End();

    public override void Refuse(Lane lane, string reason) => lane.End();
}

/// <summary>A commit group is durable.</summary>
internal sealed class GroupCommitted(CommitGroup group) : LaneItem
{
    public override void Run(Lane lane) => lane.Committed(group);
}

/// <summary>A commit failed and the journal's heads are not known: nothing is taken until they are.</summary>
internal sealed class JournalUnknown(string reason) : LaneItem
{
    public override void Run(Lane lane) => lane.Suspend(reason);
}

/// <summary>The journal's heads are known again.</summary>
internal sealed class JournalKnown(long[] heads) : LaneItem
{
    public override void Run(Lane lane) => lane.Resume(heads);
}

/// <summary>Time may have come for ticks, checkpoints and rebuilds.</summary>
internal sealed class Pulse : LaneItem
{
    public static readonly Pulse Instance = new();

    public override void Run(Lane lane) => lane.Pulse();
}

internal sealed class CheckpointDone(PartitionSlot slot, long position, Exception? error) : LaneItem
{
    public override void Run(Lane lane) => lane.CheckpointDone(slot, position, error);
}

internal sealed class PassDone(PartitionSlot slot, HistoryPass pass, Exception? error) : LaneItem
{
    public override void Run(Lane lane) => lane.PassDone(slot, pass, error);
}

/// <summary>A question to what the lane owns; answered in its thread, after everything that was acknowledged before.</summary>
internal sealed class Question<T>(Func<Lane, T> ask) : LaneItem
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => answer.Task;

    public override void Refuse(Lane lane, string reason) => answer.SetException(new InvalidOperationException(reason));

    public override void Run(Lane lane)
    {
        try
        {
            answer.SetResult(ask(lane));
        }
        catch (Exception error)
        {
            // Of the asker, not of the lane.
            answer.SetException(error);
        }
    }
}
