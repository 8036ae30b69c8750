using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// A model's activation in one partition, from its <c>Model</c> record (the journal says it has begun) to its <c>Activated</c> record (all accounts swap). In between the partition lives by the model
/// before, and here the accounts are computed under the new one: in passes over the history through the beginning, then in one or more
/// over the records since, until what is left is short enough to be kept in memory. Nothing of that is stored: a restart computes again.
/// </summary>
internal sealed class Activation(CompiledModel model, ActivationBegin begin) : IDisposable
{
    private long read;

    public CompiledModel Model => model;

    public ActivationBegin Begin => begin;

    /// <summary>Computed so far.</summary>
    public RebuiltAccounts Accounts { get; private set; } = new(model, takesNew: true);

    /// <summary>Number of the first account, of those there were at the beginning, that no pass has computed yet.</summary>
    public int Next { get; set; }

    /// <summary>Every account is computed, and holds the records through here.</summary>
    public long Through { get; private set; } = begin.Position;

    /// <summary>The partition's day at <see cref="Through"/>.</summary>
    public int Day { get; private set; } = begin.Day;

    /// <summary>Under way; null: none.</summary>
    public HistoryPass? Pass { get; private set; }

    /// <summary>Live, from the beginning of the last catch-up on: what has come since.</summary>
    public RebuildTail? Tail { get; private set; }

    /// <summary>Catch-ups that found too much in the tail afterwards.</summary>
    public int Rounds { get; set; }

    public bool IsSwapAppended { get; set; }

    /// <summary>The day that the record of the swap was appended on.</summary>
    public int SwapDay { get; set; } = int.MinValue;

    public long RecordsRead => read + (Pass is { } pass ? pass.Taken - pass.After : 0);

    /// <summary>As far as is known: each further pass through the history adds to it.</summary>
    public long RecordsInAll { get; private set; }

    public void BeginPass(HistoryPass pass)
    {
        Pass = pass;
        RecordsInAll = read + (pass.Until - pass.After);
    }

    /// <summary>Live: what comes from here on is kept.</summary>
    public void BeginTail()
    {
        Tail?.Dispose();
        Tail = new RebuildTail();
    }

    /// <summary>What the pass has computed is taken; false: it was cut short.</summary>
    public void EndPass(bool isDone)
    {
        var pass = Pass!;
        Pass = null;
        read += pass.Taken - pass.After;
        if (pass is CatchUpPass catchUp)
        {
            (Through, Day) = (catchUp.Taken, catchUp.Day);
            if (isDone) return;
            // The tail does not follow on: the next catch-up begins another one.
            Tail?.Dispose();
            Tail = null;
        }
        else if (isDone && pass is RebuildPass rebuild)
        {
            Accounts.Absorb(rebuild.Rebuilt);
            Next += rebuild.Count;
        }
    }

    /// <summary>Nothing is computed any more.</summary>
    public void Restart()
    {
        Accounts = new RebuiltAccounts(model, takesNew: true);
        (Next, Through, Day, Rounds) = (0, begin.Position, begin.Day, 0);
        Tail?.Dispose();
        Tail = null;
    }

    public void Dispose() => Tail?.Dispose();
}
