using System.Runtime.CompilerServices;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>Where applying a segment has come to.</summary>
internal struct RecordRun(Segment segment)
{
    public readonly Segment Segment = segment;

    /// <summary>Records applied or skipped.</summary>
    public int Index;

    /// <summary>Where the next one starts.</summary>
    public int Offset;

    public readonly long Position => Segment.FirstPosition + Index;

    public readonly bool IsDone => Index == Segment.Count;
}

/// <summary>
/// Looks ahead in a run of records and asks for the memory that applying them will read: first the account's slot, then its entry, then its block's head, then the parts of it that the record touches, each
/// some records after the one before, so that none waits for another. Tried before: sorting a batch by account, which gained nothing beyond this.
/// </summary>
internal ref struct RunAhead(AccountTable accounts, CompiledModel? model, RecordRun run)
{
    private const int SlotAhead = 28;
    private const int EntryAhead = 20;
    private const int HeadAhead = 12;
    private const int BodyAhead = 5;
    private const int Ring = 32;

    private readonly ReadOnlySpan<byte> bytes = run.Segment.Records.Span;
    private readonly int count = run.Segment.Count;
    private int slot = run.Index;
    private int entry = run.Index;
    private int head = run.Index;
    private int body = run.Index;
    private int offset = run.Offset;
    private Places places;
    private Hashes hashes;
    private Numbers numbers;

    [InlineArray(Ring)]
    private struct Places
    {
        private int first;
    }

    [InlineArray(Ring)]
    private struct Hashes
    {
        private ulong first;
    }

    [InlineArray(Ring)]
    private struct Numbers
    {
        private int first;
    }

    /// <summary>Before record <paramref name="index"/> is applied. Returns the number of its account, -1 if it was not known some records before.</summary>
    public int Step(int index)
    {
        for (; slot < count && slot < index + SlotAhead; slot++)
        {
            var (length, hash) = Record.Peek(bytes, offset);
            places[slot & (Ring - 1)] = offset;
            hashes[slot & (Ring - 1)] = hash;
            offset += length;
            accounts.PrefetchSlot(hash);
        }

        for (; entry < slot && entry < index + EntryAhead; entry++)
        {
            var number = accounts.Find(hashes[entry & (Ring - 1)]);
            numbers[entry & (Ring - 1)] = number;
            if (number >= 0) accounts.PrefetchEntry(number);
        }

        for (; head < entry && head < index + HeadAhead; head++)
        {
            var number = numbers[head & (Ring - 1)];
            if (number >= 0 && model is not null) AccountActor.PrefetchHead(model, accounts[number].State);
        }

        for (; body < head && body < index + BodyAhead; body++)
        {
            var number = numbers[body & (Ring - 1)];
            if (number >= 0 && model is not null) AccountActor.Prefetch(model, ref accounts[number].State, new Record(bytes[places[body & (Ring - 1)]..]));
        }

        return numbers[index & (Ring - 1)];
    }
}
