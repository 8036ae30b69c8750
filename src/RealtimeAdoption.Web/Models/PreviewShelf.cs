using RealtimeAdoption.Engine.ModelChange;

namespace RealtimeAdoption.Web.Models;

public enum PreviewState { Running, Done, Failed, Canceled }

/// <summary>The latest previews of models, in memory: gone with the process, as nothing hangs on them. Thread-safe.</summary>
public sealed class PreviewShelf : IDisposable
{
    private const int Kept = 8;
    private readonly Lock gate = new();
    private readonly Queue<PreviewOnShelf> previews = new();
    private int last;

    /// <summary>Begins a preview and puts it on the shelf where it has begun; else the start tells why not.</summary>
    internal PreviewStart Begin(Func<IProgress<ModelProgress>, CancellationToken, PreviewStart> begin, out PreviewOnShelf? preview)
    {
        preview = null;
        var made = new PreviewOnShelf();
        var start = begin(made, made.Token);
        if (start is not { Outcome: ModelChangeOutcome.Begun, Preview: { } work, Model: { } model })
        {
            made.Dispose();
            return start;
        }

        lock (gate)
        {
            made.Put($"p{++last}", model, work);
            previews.Enqueue(made);
            // One that leaves is done: there is one at a time.
            if (previews.Count > Kept) previews.Dequeue().Dispose();
        }

        preview = made;
        return start;
    }

    internal PreviewOnShelf? Find(string id)
    {
        lock (gate) return previews.FirstOrDefault(preview => preview.Id == id);
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var preview in previews) preview.Dispose();
            previews.Clear();
        }
    }
}

/// <summary>A preview that was asked for: how far it is, and what it found. Thread-safe.</summary>
internal sealed class PreviewOnShelf : IProgress<ModelProgress>, IDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly Lock gate = new();
    private ModelProgress progress;
    private Task<ModelPreview> work = Task.FromCanceled<ModelPreview>(new CancellationToken(true));

    public CancellationToken Token => end.Token;

    public string Id { get; private set; } = "";

    public string Model { get; private set; } = "";

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
        PreviewState.Failed => $"It could not be computed: {work.Exception?.GetBaseException().Message}",
        PreviewState.Canceled => "It was ended, by a person, by the activation of a model, or because the server stopped.",
        _ => null,
    };

    /// <summary>Null until it is done.</summary>
    public ModelPreview? Report => work.IsCompletedSuccessfully ? work.Result : null;

    public void Put(string id, string model, Task<ModelPreview> preview)
    {
        (Id, Model, work) = (id, model, preview);
        // Seen, whether or not anybody asks again.
        _ = preview.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
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
