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

    private readonly CompiledModel model;
    private readonly long bytesMax;
    private readonly Dictionary<ulong, int> byHash;
    private readonly ulong[] hashes;
    private readonly byte[][] ids;
    private readonly List<(long Position, ReadOnlyMemory<byte> Record)>[] histories;
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

        if (!IsOfAccount(record) || !byHash.TryGetValue(record.AccountHash, out var index)) return;
        if (position > Through) Tail.Add(record, position, day);
        else Keep(index, record, position);
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
            AccountState state = default;
            Exception? failed = null;
            try
            {
                state = AccountActor.Rebuild(model, ids[i], histories[i], dayThrough);
            }
            catch (Exception error)
            {
                failed = error;
            }

            Rebuilt.Add(hashes[i], state, failed);
            histories[i] = [];
        }

        chunk = [];
    }
}
