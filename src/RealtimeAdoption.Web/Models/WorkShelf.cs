using RealtimeAdoption.Engine.ModelChange;

namespace RealtimeAdoption.Web.Models;

public enum PreviewState { Running, Done, Failed, Canceled }

/// <summary>The latest of long works that were asked for, one at a time: previews of models, verifications. In memory: gone with the process, as nothing hangs on them. Thread-safe.</summary>
/// <param name="prefix">Of their ids.</param>
/// <param name="kept">So many.</param>
/// <param name="failed">What is said of one that failed, before the reason.</param>
public sealed class WorkShelf<TReport>(string prefix, int kept, string failed) : IDisposable
    where TReport : class
{
    private readonly Lock gate = new();
    private readonly Queue<WorkOnShelf<TReport>> works = new();
    private int last;

    /// <summary>Begins a work, which may be about something, and puts it on the shelf where it has begun. Null: it has not.</summary>
    internal WorkOnShelf<TReport>? Begin(Func<IProgress<ModelProgress>, CancellationToken, (Task<TReport>? Work, string About)> begin)
    {
        var made = new WorkOnShelf<TReport>(failed);
        var (work, about) = begin(made, made.Token);
        if (work is null)
        {
            made.Dispose();
            return null;
        }

        lock (gate)
        {
            made.Put($"{prefix}{++last}", about, work);
            works.Enqueue(made);
            // One that leaves is done: there is one at a time.
            if (works.Count > kept) works.Dequeue().Dispose();
        }

        return made;
    }

    internal WorkOnShelf<TReport>? Find(string id)
    {
        lock (gate) return works.FirstOrDefault(work => work.Id == id);
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var work in works) work.Dispose();
            works.Clear();
        }
    }
}

/// <summary>A work that was asked for: how far it is, and what it found. Thread-safe.</summary>
internal sealed class WorkOnShelf<TReport>(string failed) : IProgress<ModelProgress>, IDisposable
    where TReport : class
{
    private readonly CancellationTokenSource end = new();
    private readonly Lock gate = new();
    private ModelProgress progress;
    private Task<TReport> work = Task.FromCanceled<TReport>(new CancellationToken(true));

    public CancellationToken Token => end.Token;

    public string Id { get; private set; } = "";

    /// <summary>The version of the model that is previewed; empty of a verification.</summary>
    public string About { get; private set; } = "";

    public ModelProgress Progress
    {
        get
        {
            lock (gate) return progress;
        }
    }

    /// <summary>Null until it is done; what is done has its report.</summary>
    public (PreviewState State, TReport? Report) Standing => work switch
    {
        { IsCompletedSuccessfully: true } => (PreviewState.Done, work.Result),
        { IsCanceled: true } => (PreviewState.Canceled, null),
        { IsCompleted: true } => (PreviewState.Failed, null),
        _ => (PreviewState.Running, null),
    };

    /// <summary>Null: it runs, or is done.</summary>
    public string? Detail => Standing.State switch
    {
        PreviewState.Failed => $"{failed}: {work.Exception?.GetBaseException().Message}",
        PreviewState.Canceled => "It was ended, by a person, by the activation of a model, or because the server stopped.",
        _ => null,
    };

    public void Put(string id, string about, Task<TReport> begun)
    {
        (Id, About, work) = (id, about, begun);
        // Seen, whether or not anybody asks again.
        _ = begun.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    void IProgress<ModelProgress>.Report(ModelProgress value)
    {
        lock (gate) progress = value;
    }

    public void End()
    {
        if (Standing.State == PreviewState.Running) end.Cancel();
    }

    public void Dispose() => end.Dispose();
}
