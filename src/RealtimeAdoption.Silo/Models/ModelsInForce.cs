using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Answers;

namespace RealtimeAdoption.Silo.Models;

/// <summary>What this silo knows of the cluster's models: told when an activation begins and ends, and asked for in between. Thread-safe.</summary>
/// <param name="modelOf">Compiles a text once.</param>
/// <param name="modelTextIfNew">In force until anything is known.</param>
public sealed class ModelsInForce(Func<string, CompiledModel> modelOf, string modelTextIfNew)
{
    private readonly Lock gate = new();
    private volatile Known known = new("", 0, 0, modelTextIfNew, modelOf(modelTextIfNew), null);
    private TaskCompletionSource changed = NewSignal();

    private sealed record Known(string Epoch, long Number, int Generation, string Text, CompiledModel Model, ActivationStatus? Activation);

    /// <summary>Of the latest news; empty: there was none.</summary>
    public (string Epoch, long Number) Version
    {
        get
        {
            var now = known;
            return (now.Epoch, now.Number);
        }
    }

    /// <summary>While another one is being activated, the one before, until every partition has swapped.</summary>
    public CompiledModel Model => known.Model;

    /// <summary>Of <see cref="Model"/>.</summary>
    public string Text => known.Text;

    /// <summary>Null: none is under way.</summary>
    public ActivationStatus? Activation => known.Activation;

    /// <summary>What has come last stands, but for what was overtaken on its way.</summary>
    public void Take(ModelsNews news)
    {
        ArgumentNullException.ThrowIfNull(news);
        var next = new Known(news.Epoch, news.Number, news.Generation, news.Text, modelOf(news.Text), news.Activation is { } form ? PageForm.Read<ActivationStatus>(form) : null);
        TaskCompletionSource told;
        lock (gate)
        {
            if (known.Epoch == next.Epoch && known.Number > next.Number) return;
            known = next;
            (told, changed) = (changed, NewSignal());
        }

        told.SetResult();
    }

    /// <summary>Completes when a model of this generation, or a later one, is in force here.</summary>
    public async Task ReachedAsync(int generation, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (known.Generation >= generation) return;
                next = changed.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
