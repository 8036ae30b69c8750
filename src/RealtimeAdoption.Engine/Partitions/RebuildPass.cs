using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// One walk over a partition's history that recomputes some of its accounts from all their records up to <see cref="Through"/>. Independent of the
/// partition: fed and computed on any one thread while the partition goes on. Holds the history of its accounts in memory, at most so many bytes:
/// beyond that it gives the later half of its accounts back, which wait for the next pass.
/// </summary>
public sealed class RebuildPass
{
    private const int ChunkSize = 1 << 20;

    private readonly CompiledModel model;
    private readonly long bytesMax;
    private readonly Dictionary<ulong, int> byHash;
    private readonly ulong[] hashes;
    private readonly byte[][] ids;
    private readonly List<(long Position, ReadOnlyMemory<byte> Record)>[] histories;
    private readonly AccountState[] states;
    private readonly Exception?[] errors;
    private byte[] chunk = [];
    private int chunkUsed;
    private long bytes;
    private long taken;
    private int day = int.MinValue;
    private int dayThrough = int.MinValue;

    internal RebuildPass(CompiledModel model, int partition, long through, long until, IReadOnlyList<(ulong Hash, byte[] Id)> accounts, long bytesMax, bool ofReplay)
    {
        this.model = model;
        this.bytesMax = bytesMax;
        Partition = partition;
        Through = through;
        Until = until;
        OfReplay = ofReplay;
        Count = accounts.Count;
        byHash = new Dictionary<ulong, int>(accounts.Count);
        hashes = new ulong[accounts.Count];
        ids = new byte[accounts.Count][];
        histories = new List<(long, ReadOnlyMemory<byte>)>[accounts.Count];
        states = new AccountState[accounts.Count];
        errors = new Exception?[accounts.Count];
        for (var i = 0; i < accounts.Count; i++)
        {
            (hashes[i], ids[i]) = accounts[i];
            histories[i] = [];
            byHash.Add(hashes[i], i);
        }
    }

    public int Partition { get; }

    /// <summary>What is rebuilt ends here (inclusive).</summary>
    public long Through { get; }

    /// <summary>The history to feed ends here (inclusive): at <see cref="Through"/>, but for a replay, which reads the later records from the history too.</summary>
    public long Until { get; }

    /// <summary>Belongs to a replay: hand it to <see cref="Partitions.Partition.ReplayOn"/>.</summary>
    public bool OfReplay { get; }

    /// <summary>Accounts that are still in it; those given back are gone.</summary>
    public int Count { get; private set; }

    /// <summary>What came after <see cref="Through"/>, read from history. Empty but in a replay.</summary>
    internal RebuildTail Tail { get; } = new();

    internal ReadOnlySpan<ulong> Hashes => hashes.AsSpan(0, Count);

    /// <summary>The accounts that were given back.</summary>
    internal ReadOnlySpan<ulong> GivenBack => hashes.AsSpan(Count);

    /// <summary>Takes the next segment, in order, from the first on. What is needed of it is copied.</summary>
    public void Take(Segment segment)
    {
        if (segment.FirstPosition > taken + 1)
            throw new InvalidDataException($"Partition {Partition}: the history jumps from position {taken} to {segment.FirstPosition}.");
        var rest = segment.Records.Span;
        for (var position = segment.FirstPosition; position <= segment.LastPosition && position <= Until; position++)
        {
            var record = new Record(rest);
            rest = rest[record.Length..];
            if (position <= taken) continue;
            taken = position;
            Take(record, position);
        }
    }

    private void Take(in Record record, long position)
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

    /// <summary>Records that an account takes; the others are the partition's own.</summary>
    internal static bool IsOfAccount(in Record record) => record.Kind switch
    {
        RecordKind.Usage or RecordKind.Traits or RecordKind.Profile or RecordKind.AlertAction or RecordKind.Override => true,
        RecordKind.Identify => !record.Account.IsEmpty,
        _ => false,
    };

    private void Keep(int index, in Record record, long position)
    {
        bytes += record.Length;
        while (bytes > bytesMax && Count > 1 && !OfReplay) GiveBackHalf();
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

    /// <summary>After the last segment: recomputes the accounts. One that cannot be is left as it is; its error is reported with the pass.</summary>
    public void Compute()
    {
        if (taken < Until) throw new InvalidDataException($"Partition {Partition}: the history ends at {taken}, before {Until}.");
        for (var i = 0; i < Count; i++)
        {
            try
            {
                states[i] = AccountActor.Rebuild(model, ids[i], histories[i], dayThrough);
            }
            catch (Exception error)
            {
                errors[i] = error;
            }

            histories[i] = [];
        }

        chunk = [];
    }

    /// <summary>Applies what happened after <see cref="Through"/> on top. What it reports is discarded: it was reported when it happened.</summary>
    internal void BringUp(RebuildTail tail)
    {
        var discarded = new List<Change>();
        for (var i = 0; i < tail.Count; i++)
        {
            var record = tail.At(i, out var position, out var recordDay);
            if (record.Kind == RecordKind.Tick)
            {
                for (var index = 0; index < Count; index++) TickOnTop(index, position, recordDay, discarded);
            }
            else if (byHash.TryGetValue(record.AccountHash, out var index))
            {
                ApplyOnTop(index, record, position, recordDay, discarded);
            }

            discarded.Clear();
        }
    }

    private void TickOnTop(int index, long position, int tickDay, List<Change> discarded)
    {
        ref var state = ref states[index];
        if (state.IsNone || errors[index] is not null || AccountActor.NextDueDay(state) > tickDay) return;
        try
        {
            AccountActor.Tick(model, ref state, tickDay, position, discarded);
        }
        catch (Exception error)
        {
            errors[index] = error;
        }
    }

    private void ApplyOnTop(int index, in Record record, long position, int recordDay, List<Change> discarded)
    {
        ref var state = ref states[index];
        if (state.IsNone || errors[index] is not null) return;
        try
        {
            AccountActor.Apply(model, ref state, record, position, recordDay, discarded);
        }
        catch (Exception error)
        {
            errors[index] = error;
        }
    }

    /// <summary>The rebuilt state, or why there is none.</summary>
    internal AccountState? StateOf(ulong hash, out Exception? error)
    {
        error = null;
        if (!byHash.TryGetValue(hash, out var index)) return null;
        error = errors[index];
        return error is null && !states[index].IsNone ? states[index] : null;
    }
}
