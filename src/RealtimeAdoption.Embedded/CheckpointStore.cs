using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// What is known of the place that checkpoints go to: whether it takes them, since when it does not and why, and how much waits for it in memory. While it takes none, one of all partitions tries at a
/// time, ever more seldom. Thread-safe.
/// </summary>
internal sealed class CheckpointStore(EmbeddedOptions options, TimeProvider clock, ILogger logger)
{
    private const int RetryMs = 2_000;
    private const int RetryMsMax = 16_000;
    private const int ReasonLengthMax = 300;

    private readonly Lock gate = new();
    private readonly long[] waiting = new long[options.Lanes];
    private Trouble? trouble;
    private long notBeforeMs;
    private long waitingInAll;
    private bool isShedding;

    private sealed record Trouble(DateTimeOffset Since, string Reason, int Failures, bool IsTold);

    /// <summary>Checkpoints that failed one after the other; 0: the last one was stored.</summary>
    public int Failures => Volatile.Read(ref trouble)?.Failures ?? 0;

    /// <summary>Why batches are refused; null: they are not.</summary>
    public string? Refusal => Volatile.Read(ref isShedding) ? Describe() : null;

    /// <summary>What an operator should know; null: nothing.</summary>
    public string? Detail => Volatile.Read(ref trouble) is null ? null : Describe();

    /// <summary>Whether a partition may try now. While none can be stored, one may each some seconds.</summary>
    public bool MayTry(long nowMs)
    {
        if (Volatile.Read(ref trouble) is null) return true;
        lock (gate)
        {
            if (trouble is not { } known) return true;
            if (nowMs < notBeforeMs) return false;
            notBeforeMs = nowMs + PauseMs(known.Failures);
            return true;
        }
    }

    public void Stored()
    {
        if (Volatile.Read(ref trouble) is null) return;
        lock (gate)
        {
            if (trouble is not { } known) return;
            trouble = null;
            logger.LogInformation("Checkpoints are stored again; none could be since {Since:HH:mm:ss}.", known.Since);
        }
    }

    /// <summary>True: the first one that failed since one was stored.</summary>
    public bool Failed(Exception error, long nowMs)
    {
        var reason = error.Message.Length > ReasonLengthMax ? error.Message[..ReasonLengthMax] : error.Message;
        lock (gate)
        {
            var before = trouble;
            trouble = new Trouble(before?.Since ?? clock.GetUtcNow(), reason, (before?.Failures ?? 0) + 1, before?.IsTold ?? false);
            notBeforeMs = nowMs + PauseMs(trouble.Failures);
            return before is null;
        }
    }

    /// <summary>So much waits in the memory of a lane's partitions.</summary>
    public void Waits(int lane, long bytes)
    {
        Volatile.Write(ref waiting[lane], bytes);
        var all = 0L;
        for (var i = 0; i < waiting.Length; i++) all += Volatile.Read(ref waiting[i]);
        Volatile.Write(ref waitingInAll, all);
        var sheds = all >= options.UnpersistedBytesMax;
        if (!sheds && (Volatile.Read(ref trouble) is not { IsTold: false } || all < options.UnpersistedBytesMax / 2) && sheds == Volatile.Read(ref isShedding)) return;
        lock (gate) Tell(sheds, all);
    }

    private void Tell(bool sheds, long all)
    {
        var (mib, mostMib) = (all >> 20, options.UnpersistedBytesMax >> 20);
        if (sheds && !isShedding) logger.LogError("{MiB} MiB wait in memory for a checkpoint, the most is {MostMiB} (Host:UnpersistedBytesMax): batches are refused until one is stored. {Reason}", mib, mostMib, trouble?.Reason);
        if (!sheds && isShedding) logger.LogInformation("Batches are taken again: {MiB} MiB wait in memory for a checkpoint.", mib);
        if (!sheds && !isShedding && trouble is { IsTold: false } known)
        {
            logger.LogWarning("{MiB} MiB wait in memory for a checkpoint; at {MostMiB} (Host:UnpersistedBytesMax) batches will be refused. {Reason}", mib, mostMib, known.Reason);
            trouble = known with { IsTold = true };
        }

        Volatile.Write(ref isShedding, sheds);
    }

    private string Describe()
    {
        var waits = string.Create(CultureInfo.InvariantCulture, $"{Volatile.Read(ref waitingInAll) >> 20} of {options.UnpersistedBytesMax >> 20} MiB wait in memory");
        return Volatile.Read(ref trouble) is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"Checkpoints cannot be stored since {known.Since:yyyy-MM-dd HH:mm:ss} UTC ({known.Reason}); {waits}.")
            : $"Checkpoints do not keep up; {waits}.";
    }

    private static int PauseMs(int failures) => (int)Math.Min((long)RetryMs << Math.Min(failures - 1, 8), RetryMsMax);
}
