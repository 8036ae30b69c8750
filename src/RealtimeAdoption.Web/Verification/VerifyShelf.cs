using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Web.Models;

namespace RealtimeAdoption.Web.Verification;

/// <summary>The latest verifications, in memory: gone with the process. Thread-safe.</summary>
public sealed class VerifyShelf : IDisposable
{
    private const int Kept = 2;
    private readonly Lock gate = new();
    private readonly Queue<VerifyOnShelf> all = new();
    private int last;

    /// <summary>Begins one and puts it on the shelf where it has begun; else the start tells why not.</summary>
    internal VerifyStart Begin(Func<IProgress<ModelProgress>, CancellationToken, VerifyStart> begin, out VerifyOnShelf? verification)
    {
        verification = null;
        var made = new VerifyOnShelf();
        var start = begin(made, made.Token);
        if (start.Verification is not { } work)
        {
            made.Dispose();
            return start;
        }

        lock (gate)
        {
            made.Put($"v{++last}", work);
            all.Enqueue(made);
            // One that leaves is done: there is one at a time.
            if (all.Count > Kept) all.Dequeue().Dispose();
        }

        verification = made;
        return start;
    }

    internal VerifyOnShelf? Find(string id)
    {
        lock (gate) return all.FirstOrDefault(verification => verification.Id == id);
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var verification in all) verification.Dispose();
            all.Clear();
        }
    }
}

/// <summary>A verification that was asked for: how far it is, and what it found. Thread-safe.</summary>
internal sealed class VerifyOnShelf : IProgress<ModelProgress>, IDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly Lock gate = new();
    private ModelProgress progress;
    private Task<VerifyReport> work = Task.FromCanceled<VerifyReport>(new CancellationToken(true));

    public CancellationToken Token => end.Token;

    public string Id { get; private set; } = "";

    public ModelProgress Progress
    {
        get
        {
            lock (gate) return progress;
        }
    }

    public PreviewState State => work switch
    {
        { IsCompletedSuccessfully: true } => PreviewState.Done,
        { IsCanceled: true } => PreviewState.Canceled,
        { IsCompleted: true } => PreviewState.Failed,
        _ => PreviewState.Running,
    };

    /// <summary>Null: it runs, or is done.</summary>
    public string? Detail => State switch
    {
        PreviewState.Failed => $"It could not go on: {work.Exception?.GetBaseException().Message}",
        PreviewState.Canceled => "It was ended, by a person, by the activation of a model, or because the server stopped.",
        _ => null,
    };

    /// <summary>Null until it is done.</summary>
    public VerifyReport? Report => work.IsCompletedSuccessfully ? work.Result : null;

    public void Put(string id, Task<VerifyReport> verification)
    {
        (Id, work) = (id, verification);
        // Seen, whether or not anybody asks again.
        _ = verification.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    void IProgress<ModelProgress>.Report(ModelProgress value)
    {
        lock (gate) progress = value;
    }

    public void End()
    {
        if (State == PreviewState.Running) end.Cancel();
    }

    public void Dispose() => end.Dispose();
}
