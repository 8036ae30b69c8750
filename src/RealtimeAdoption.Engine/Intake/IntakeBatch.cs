using System.Buffers;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Intake;

/// <summary>What became of a draft.</summary>
public enum IntakeOutcome : byte
{
    Pending = 0,
    Accepted = 1,

    /// <summary>Its id is known with the same payload: no effect.</summary>
    Duplicate = 2,

    /// <summary>Its id is known with another payload: refused.</summary>
    Conflict = 3,

    /// <summary>More than 24 h ahead of its receipt: refused.</summary>
    TimestampInFuture = 4,
}

/// <summary>
/// One request's drafts, in the order they came. A door fills it (one writer), hands it to the host, and reads the outcomes when the host's answer has come.
/// Pooled memory: dispose after reading.
/// </summary>
public sealed class IntakeBatch : IDisposable
{
    private (int Offset, int Partition)[] drafts = ArrayPool<(int, int)>.Shared.Rent(128);
    private IntakeOutcome[] outcomes = ArrayPool<IntakeOutcome>.Shared.Rent(128);
    private readonly int partitions;

    public IntakeBatch(int partitions) => this.partitions = partitions;

    public RecordBuffer Records { get; } = new();

    /// <summary>Number of drafts.</summary>
    public int Count { get; private set; }

    /// <summary>Where each draft starts in <see cref="Records"/>, and its partition.</summary>
    public ReadOnlySpan<(int Offset, int Partition)> Drafts => drafts.AsSpan(0, Count);

    /// <summary>By draft; written by the host.</summary>
    public Span<IntakeOutcome> Outcomes => outcomes.AsSpan(0, Count);

    /// <summary>Closes the record under way and makes it a draft; returns its index, for <see cref="Outcomes"/>.</summary>
    public int End(int offset)
    {
        Records.End();
        if (Count == drafts.Length) Grow();
        var record = new Record(Records.Written[offset..]);
        drafts[Count] = (offset, Partitioning.Of(record, partitions));
        outcomes[Count] = IntakeOutcome.Pending;
        return Count++;
    }

    public void Dispose()
    {
        Records.Dispose();
        ArrayPool<(int, int)>.Shared.Return(drafts);
        ArrayPool<IntakeOutcome>.Shared.Return(outcomes);
        drafts = [];
        outcomes = [];
        Count = 0;
    }

    private void Grow()
    {
        var more = ArrayPool<(int, int)>.Shared.Rent(Count * 2);
        drafts.AsSpan(0, Count).CopyTo(more);
        ArrayPool<(int, int)>.Shared.Return(drafts);
        drafts = more;
        var moreOutcomes = ArrayPool<IntakeOutcome>.Shared.Rent(more.Length);
        outcomes.AsSpan(0, Count).CopyTo(moreOutcomes);
        ArrayPool<IntakeOutcome>.Shared.Return(outcomes);
        outcomes = moreOutcomes;
    }
}

/// <summary>Which partition a record lies in: a fixed function of the account's hash, or of the user's for the directory.</summary>
public static class Partitioning
{
    public static int Of(in Record record, int partitions) =>
        Of(record.Kind == RecordKind.Directory || record.Account.IsEmpty ? record.UserHash : record.AccountHash, partitions);

    public static int Of(ulong hash, int partitions) => (int)Math.BigMul(hash, (ulong)partitions, out _);
}

public enum IntakeStatus
{
    /// <summary>Every draft has an outcome, and what was accepted is durable.</summary>
    Done,

    /// <summary>Nothing was taken: too much is in flight. Try again after the given time.</summary>
    Overloaded,

    /// <summary>The store did not take it (or its answer is not known). Sending it all again is safe.</summary>
    Unavailable,
}

public readonly record struct IntakeAnswer(IntakeStatus Status, TimeSpan RetryAfter, string? Reason = null)
{
    public static IntakeAnswer Done => new(IntakeStatus.Done, TimeSpan.Zero);
}
