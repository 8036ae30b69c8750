using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Embedded;

// Preview and activation of models.
public sealed partial class EmbeddedHost
{
    private const int ByLengthMax = 256;

    private readonly Lock modelGate = new();
    private CancellationTokenSource? previewing;
    private Task previewEnd = Task.CompletedTask;

    /// <exception cref="InvalidOperationException">Not started.</exception>
    public string ModelText => House.ModelText;

    public ActivationStatus? Activation => house?.ActivationStatus;

    public PreviewStart PreviewModel(string text, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (WhyUnavailable() is { } reason) return new PreviewStart(ModelChangeOutcome.Unavailable, reason);
        if (Compile(text, out var errors) is not { } next) return new PreviewStart(ModelChangeOutcome.Invalid, $"The model has {errors.Count} errors.") { Errors = errors };
        lock (modelGate)
        {
            // Once more: a stop ends what was begun before it takes the gate, and nothing later.
            if (WhyUnavailable() is { } ending) return new PreviewStart(ModelChangeOutcome.Unavailable, ending);
            if (House.Activation is { } run) return new PreviewStart(ModelChangeOutcome.Busy, $"Model {run.Model.Definition.Version} is being activated; preview when that is done.");
            if (previewing is not null) return new PreviewStart(ModelChangeOutcome.Busy, "Another preview is running; there is one at a time.");
            var cancel = previewing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var preview = Task.Factory.StartNew(() => Preview(next, progress, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            previewEnd = preview.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return new PreviewStart(ModelChangeOutcome.Begun, $"The preview of model {next.Definition.Version} is running.") { Model = next.Definition.Version, Preview = preview };
        }
    }

    public async ValueTask<ActivationStart> ActivateModelAsync(string text, string by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(by);
        if (by.Length > ByLengthMax) throw new ArgumentException($"It has {by.Length} characters; there may be {ByLengthMax}.", nameof(by));
        if (WhyUnavailable() is { } reason) return new ActivationStart(ModelChangeOutcome.Unavailable, reason);
        if (Compile(text, out var errors) is null) return new ActivationStart(ModelChangeOutcome.Invalid, $"The model has {errors.Count} errors.") { Errors = errors };
        var heads = await HeadsAsync(cancellationToken);
        ActivationRun run;
        lock (modelGate)
        {
            if (WhyUnavailable() is { } ending) return new ActivationStart(ModelChangeOutcome.Unavailable, ending);
            if (House.Activation is { } other) return new ActivationStart(ModelChangeOutcome.Busy, $"Model {other.Model.Definition.Version} is being activated; there is one at a time.");
            if (text == House.ModelText) return new ActivationStart(ModelChangeOutcome.Unchanged, $"This is the model in force, {Model.Definition.Version}, to the letter.");
            previewing?.Cancel();
            // One object for all partitions.
            var model = ReadModel(text);
            run = new ActivationRun(new ModelWish(text, House.Generation + 1, by), model, Model, House.NowMs(), heads);
            House.BeginActivation(run);
            // A lane that broke just now has found none to end.
            if (House.Failure is not null) run.Cancel();
        }

        logger.LogInformation("Model {Version} is being activated.", run.Model.Definition.Version);
        Pulse();
        try
        {
            await run.Begun.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (run.Begun.IsCanceled)
        {
            return new ActivationStart(ModelChangeOutcome.Unavailable, $"{WhyUnavailable() ?? "The server is stopping."} Whether the activation has begun shows after the next start.");
        }

        return new ActivationStart(ModelChangeOutcome.Begun, $"Model {run.Model.Definition.Version} is being activated.") { Model = run.Model.Definition.Version, Completion = run.Completion };
    }

    private ModelPreview Preview(CompiledModel next, IProgress<ModelProgress>? progress, CancellationTokenSource cancel)
    {
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        try
        {
            var heads = HeadsAsync(cancel.Token).GetAwaiter().GetResult();
            var tally = new PreviewTally(Model, next, heads.Length, options.PreviewMovesMax);
            return new PreviewRun(journal, next, tally, (partition, question) => Put(partition, question, cancel.Token), heads, progress).Run(cancel.Token);
        }
        catch (Exception error) when (cancel.IsCancellationRequested || error is AggregateException { InnerException: OperationCanceledException })
        {
            throw new OperationCanceledException("The preview was ended.", error, cancel.IsCancellationRequested ? cancel.Token : new CancellationToken(canceled: true));
        }
        finally
        {
            lock (modelGate) previewing = null;
            cancel.Dispose();
        }
    }

    private Task<bool> Put(int partition, Action<Partition> question, CancellationToken cancellationToken) => Ask(
        partition,
        machine =>
        {
            question(machine);
            return true;
        },
        cancellationToken);

    private async Task<long[]> HeadsAsync(CancellationToken cancellationToken)
    {
        var heads = new long[Identity.Partitions];
        for (var partition = 0; partition < heads.Length; partition++) heads[partition] = await Ask(partition, machine => machine.Applied, cancellationToken);
        return heads;
    }

    private string? WhyUnavailable() => !isReady || isStopping ? isStopping ? "The server is stopping." : phase : House.Failure ?? House.StoreFailure;

    // Not by way of what is kept for the partitions: most models that are looked at are never activated.
    private CompiledModel? Compile(string text, out IReadOnlyList<ModelFileError> errors)
    {
        errors = [];
        try
        {
            return readModel(text);
        }
        catch (ModelFileException error)
        {
            errors = error.Errors;
            return null;
        }
    }

    private async Task EndModelWorkAsync()
    {
        Task preview;
        lock (modelGate)
        {
            previewing?.Cancel();
            verifying?.Cancel();
            preview = Task.WhenAll(previewEnd, verifyEnd);
        }

        await preview;
        house?.Activation?.Cancel();
    }
}
