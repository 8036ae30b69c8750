using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Recomputes some of a partition's accounts from all their records up to <see cref="Through"/>. Holds the history of its accounts in memory, at most so many bytes:
/// beyond that it gives the later half of its accounts back, which wait for the next pass.
/// </summary>
public sealed class RebuildPass : HistoryPass
{
    private const int ChunkSize = 1 << 20;

    // Of Record.IdHash, for the planted fault alone: without it a record is nobody's repeat.
    private const int IdHashAt = 40;

    // In one pass: each costs some twenty attempts at its account.
    private const int QuarantinedOfAccountMax = 32;

    private readonly CompiledModel model;
    private readonly long bytesMax;
    private readonly Dictionary<ulong, int> byHash;
    private readonly ulong[] hashes;
    private readonly byte[][] ids;
    private readonly List<(long Position, ReadOnlyMemory<byte> Record)>[] histories;
    private readonly HashSet<long> leftOut = [];
    private readonly List<QuarantinedRecord> broke = [];
    private byte[] chunk = [];
    private int chunkUsed;
    private long bytes;
    private int day = int.MinValue;
    private int dayThrough = int.MinValue;

    internal RebuildPass(CompiledModel model, int partition, long through, long until, IReadOnlyList<(ulong Hash, byte[] Id)> accounts, long bytesMax, bool ofReplay)
        : base(partition, 0, until, ofReplay)
    {
        this.model = model;
        this.bytesMax = bytesMax;
        Through = through;
        Rebuilt = new RebuiltAccounts(model, takesNew: false);
        Count = accounts.Count;
        byHash = new Dictionary<ulong, int>(accounts.Count);
        hashes = new ulong[accounts.Count];
        ids = new byte[accounts.Count][];
        histories = new List<(long, ReadOnlyMemory<byte>)>[accounts.Count];
        for (var i = 0; i < accounts.Count; i++)
        {
            (hashes[i], ids[i]) = accounts[i];
            histories[i] = [];
            byHash.Add(hashes[i], i);
        }
    }

    /// <summary>What is rebuilt ends here (inclusive). The history ends here too, but for a replay's, which reads the later records from the history.</summary>
    public long Through { get; }

    /// <summary>Further records that it may leave out because they break their account.</summary>
    internal int QuarantineMax { get; init; } = int.MaxValue;

    /// <summary>Records that are in quarantine, as far as the stretch does not tell.</summary>
    internal IEnumerable<long> Quarantined
    {
        init => leftOut.UnionWith(value);
    }

    /// <summary>Once it is computed: the records that it has found to break their accounts, and has left out.</summary>
    internal IReadOnlyList<QuarantinedRecord> Broke => broke;

    /// <summary>Accounts that are still in it; those given back are gone.</summary>
    public int Count { get; private set; }

    /// <summary>What came after <see cref="Through"/>, read from history. Empty but in a replay.</summary>
    internal RebuildTail Tail { get; } = new();

    /// <summary>Once it is computed: the states, or why there are none.</summary>
    internal RebuiltAccounts Rebuilt { get; }

    internal PlantedFault Planted { get; init; }

    internal ReadOnlySpan<ulong> Hashes => hashes.AsSpan(0, Count);

    /// <summary>The accounts that were given back.</summary>
    internal ReadOnlySpan<ulong> GivenBack => hashes.AsSpan(Count);

    private protected override void Take(in Record record, long position)
    {
        if (record.Kind == RecordKind.Tick)
        {
            day = Days.Of(record.TimeMs);
            dayThrough = position <= Through ? day : dayThrough;
            if (position > Through) Tail.Add(record, position, day);
            return;
        }

        if (record.Kind == RecordKind.Quarantine) LeaveOut(record, position);
        if (!IsOfAccount(record) || !byHash.TryGetValue(record.AccountHash, out var index)) return;
        if (position <= Through) Keep(index, record, position);
        else if (!LeftOutOfTail.Contains(position)) Tail.Add(record, position, day);
    }

    // The pass itself may have found it: then it is written behind what is rebuilt, and before the swap. What is released later is in the rebuild that follows.
    private void LeaveOut(in Record record, long position)
    {
        var (of, isReleased) = PartitionRecords.ReadQuarantine(record);
        if (!isReleased) leftOut.Add(of);
        else if (position <= Through) leftOut.Remove(of);
    }

    private void Keep(int index, in Record record, long position)
    {
        bytes += record.Length;
        while (bytes > bytesMax && Count > 1) GiveBackHalf();
        if (index >= Count) return;
        histories[index].Add((position, Copy(record.Bytes)));
    }

    private ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> record)
    {
        if (chunk.Length - chunkUsed < record.Length)
        {
            chunk = GC.AllocateUninitializedArray<byte>(Math.Max(ChunkSize, record.Length));
            chunkUsed = 0;
        }

        var place = chunk.AsMemory(chunkUsed, record.Length);
        record.CopyTo(place.Span);
        if (Planted == PlantedFault.RebuildKeepsRepeats) place.Span.Slice(IdHashAt, sizeof(ulong)).Clear();
        chunkUsed += record.Length;
        return place;
    }

    // The chunks hold records of all accounts mixed, so what stays is copied to new ones and the old ones go.
    private void GiveBackHalf()
    {
        var keep = Count / 2;
        for (var i = keep; i < Count; i++)
        {
            byHash.Remove(hashes[i]);
            histories[i] = [];
        }

        Count = keep;
        chunk = [];
        chunkUsed = 0;
        bytes = 0;
        for (var i = 0; i < keep; i++)
        {
            var history = histories[i];
            for (var r = 0; r < history.Count; r++)
            {
                bytes += history[r].Record.Length;
                history[r] = (history[r].Position, Copy(history[r].Record.Span));
            }
        }
    }

    // One that cannot be recomputed is left as it is; its error is reported with the pass.
    private protected override void Finish()
    {
        for (var i = 0; i < Count; i++)
        {
            var history = histories[i];
            if (leftOut.Count > 0) history.RemoveAll(item => leftOut.Contains(item.Position));
            var failed = TryRebuild(i, history, out var state);
            for (var found = 0; failed is not null && found < QuarantinedOfAccountMax && broke.Count < QuarantineMax; found++)
            {
                if (FirstThatBreaks(i, history) is not { } culprit) break;
                broke.Add(QuarantinedRecord.Of(Partition, culprit.Position, new Record(culprit.Record.Span), culprit.Error));
                history.RemoveAll(item => item.Position == culprit.Position);
                failed = TryRebuild(i, history, out state);
            }

            Rebuilt.Add(hashes[i], state, failed);
            histories[i] = [];
        }

        chunk = [];
    }

    private Exception? TryRebuild(int index, IReadOnlyList<(long Position, ReadOnlyMemory<byte> Record)> history, out AccountState state)
    {
        state = default;
        try
        {
            state = AccountActor.Rebuild(model, ids[index], history, dayThrough);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    // The last record of the shortest history that breaks. Null: even none at all does.
    private (long Position, ReadOnlyMemory<byte> Record, Exception Error)? FirstThatBreaks(int index, List<(long Position, ReadOnlyMemory<byte> Record)> history)
    {
        if (TryRebuild(index, [], out _) is not null) return null;
        var (whole, broken) = (0, history.Count);
        Exception? error = null;
        while (broken - whole > 1)
        {
            var middle = whole + ((broken - whole) / 2);
            if (TryRebuild(index, history[..middle], out _) is { } again) (broken, error) = (middle, again);
            else whole = middle;
        }

        error ??= TryRebuild(index, history, out _);
        return error is null ? null : (history[broken - 1].Position, history[broken - 1].Record, error);
    }
}
