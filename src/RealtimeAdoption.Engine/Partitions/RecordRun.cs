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
/// some records after the one before, so that none waits for another. By groups: most of what a random read costs here is finding its page, and the processor finds several at once if it is asked for them in
/// one breath (a fifth more events a second than one record at a time). Tried before: sorting a batch by account, which gained nothing beyond this.
/// </summary>
internal ref struct RunAhead(AccountTable accounts, CompiledModel? model, RecordRun run)
{
    private const int Group = 16;
    private const int SlotAhead = 5 * Group;
    private const int EntryAhead = 4 * Group;
    private const int HeadAhead = 3 * Group;
    private const int BodyAhead = 2 * Group;
    private const int Ring = 128;

    private readonly ReadOnlySpan<byte> bytes = run.Segment.Records.Span;
    private readonly int count = run.Segment.Count;
    private int slot = run.Index;
    private int entry = run.Index;
    private int head = run.Index;
    private int body = run.Index;
    private int offset = run.Offset;
    private int next = run.Index;
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

    /// <summary>Before record <paramref name="index"/> is applied. Returns the number that its account most likely has (<see cref="AccountTable.Guess"/>), -1 if it was not known some records before.</summary>
    public int Step(int index)
    {
        if (index >= next) LookAhead(index);
        return numbers[index & (Ring - 1)];
    }

    private void LookAhead(int index)
    {
        next = index + Group;
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
            var number = accounts.Guess(hashes[entry & (Ring - 1)]);
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
    }
}
