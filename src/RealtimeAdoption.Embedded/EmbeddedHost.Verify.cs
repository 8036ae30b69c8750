using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

// Verification beside the lanes.
public sealed partial class EmbeddedHost
{
    private CancellationTokenSource? verifying;
    private Task verifyEnd = Task.CompletedTask;

    public VerifyStart Verify(IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        if (WhyUnavailable() is { } reason) return new VerifyStart(ModelChangeOutcome.Unavailable, reason);
        lock (modelGate)
        {
            // Once more: a stop ends what was begun before it takes the gate, and nothing later.
            if (WhyUnavailable() is { } ending) return new VerifyStart(ModelChangeOutcome.Unavailable, ending);
            if (House.Activation is { } run) return new VerifyStart(ModelChangeOutcome.Busy, $"Model {run.Model.Definition.Version} is being activated; verify when that is done.");
            if (verifying is not null) return new VerifyStart(ModelChangeOutcome.Busy, "Another verification is running; there is one at a time.");
            var cancel = verifying = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var work = Task.Factory.StartNew(() => Verify(progress, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            verifyEnd = work.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return new VerifyStart(ModelChangeOutcome.Begun, "The verification is running.") { Verification = work };
        }
    }

    private VerifyReport Verify(IProgress<ModelProgress>? progress, CancellationTokenSource cancel)
    {
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        try
        {
            var heads = HeadsAsync(cancel.Token).GetAwaiter().GetResult();
            var live = new VerifyRun.Live((partition, question) => Put(partition, question, cancel.Token), (partition, after, limit) => FeedAsync(partition, after, limit, cancel.Token).AsTask());
            var store = StableHash.Combine(Identity.IdSeed, (ulong)Identity.Partitions);
            return new VerifyRun(journal, snapshots, store, options.Partition, ReadModel, live, heads, progress).RunAsync(cancel.Token).GetAwaiter().GetResult();
        }
        catch (Exception error) when (cancel.IsCancellationRequested || error is AggregateException { InnerException: OperationCanceledException })
        {
            throw new OperationCanceledException("The verification was ended.", error, cancel.IsCancellationRequested ? cancel.Token : new CancellationToken(canceled: true));
        }
        finally
        {
            lock (modelGate) verifying = null;
            cancel.Dispose();
        }
    }
}
