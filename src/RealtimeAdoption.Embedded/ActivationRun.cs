using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// A model's activation over all partitions. Only some are in work at a time, each from its own beginning in the journal to its swap, so that the memory for the states under the new model is that of a few partitions.
/// The first beginning makes it durable: the wish carries a generation, and a start finds from it what is still to be done. Thread-safe.
/// </summary>
internal sealed class ActivationRun(ModelWish wish, CompiledModel model, CompiledModel from, long begunAtMs, long[] records)
{
    private readonly Lock gate = new();
    private readonly long[] read = new long[records.Length];
    private readonly long[] inAll = [.. records];
    private readonly bool[] swapped = new bool[records.Length];
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int done;

    public ModelWish Wish => wish;

    public CompiledModel Model => model;

    /// <summary>Completes when the first partition's beginning is durable.</summary>
    public Task Begun => begun.Task;

    /// <summary>Completes when every partition has swapped.</summary>
    public Task Completion => completion.Task;

    public ActivationStatus Status
    {
        get
        {
            lock (gate)
            {
                var progress = new ModelProgress(done, swapped.Length, read.Sum(), inAll.Sum());
                return new ActivationStatus(model.Definition.Version, from.Definition.Version, wish.By, DateTimeOffset.FromUnixTimeMilliseconds(begunAtMs), progress);
            }
        }
    }

    /// <summary>It has begun in this partition, and come so far.</summary>
    public void Reached(int partition, PartitionActivation activation)
    {
        lock (gate)
        {
            read[partition] = Math.Max(read[partition], activation.RecordsRead);
            inAll[partition] = Math.Max(inAll[partition], activation.RecordsInAll);
        }

        begun.TrySetResult();
    }

    /// <summary>True: this partition was the last one.</summary>
    public bool Swapped(int partition)
    {
        begun.TrySetResult();
        lock (gate)
        {
            if (swapped[partition]) return false;
            swapped[partition] = true;
            read[partition] = inAll[partition];
            return ++done == swapped.Length;
        }
    }

    public void Complete() => completion.TrySetResult();

    /// <summary>The host stops: the next start goes on with it, if it has begun.</summary>
    public void Cancel()
    {
        begun.TrySetCanceled();
        completion.TrySetCanceled();
    }
}
