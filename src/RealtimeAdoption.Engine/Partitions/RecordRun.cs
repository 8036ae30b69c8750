using System.Runtime.CompilerServices;
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
/// Looks ahead in a run of records and asks for the memory that applying them will read: first the account's slot, then its entry, then its block, each
/// some records after the one before, so that none waits for another. Tried before: sorting a batch by account, which gained nothing beyond this.
/// </summary>
internal ref struct RunAhead(AccountTable accounts, RecordRun run)
{
    private const int SlotAhead = 24;
    private const int EntryAhead = 16;
    private const int BlockAhead = 8;
    private const int Ring = 32;
    private const int BlockLines = 24;

    private readonly ReadOnlySpan<byte> bytes = run.Segment.Records.Span;
    private readonly int count = run.Segment.Count;
    private int slot = run.Index;
    private int entry = run.Index;
    private int block = run.Index;
    private int offset = run.Offset;
    private Hashes hashes;
    private Numbers numbers;

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
        while (slot < count && slot < index + SlotAhead)
        {
            var record = new Record(bytes[offset..]);
            offset += record.Length;
            var hash = record.AccountHash;
            hashes[slot & (Ring - 1)] = hash;
            accounts.PrefetchSlot(hash);
            slot++;
        }

        while (entry < slot && entry < index + EntryAhead)
        {
            var number = accounts.Find(hashes[entry & (Ring - 1)]);
            numbers[entry & (Ring - 1)] = number;
            if (number >= 0) accounts.PrefetchEntry(number);
            entry++;
        }

        while (block < entry && block < index + BlockAhead)
        {
            var number = numbers[block & (Ring - 1)];
            if (number >= 0) Ahead.TouchBlock(accounts[number].State, BlockLines);
            block++;
        }

        return numbers[index & (Ring - 1)];
    }
}
