using System.Diagnostics;
using System.Runtime.CompilerServices;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Partitions;

[Flags]
internal enum AccountFlags
{
    None = 0,

    /// <summary>Changed since the last checkpoint began.</summary>
    Dirty = 1,

    /// <summary>A broken invariant: takes no more records until it is rebuilt.</summary>
    Stopped = 2,

    /// <summary>Marked for rebuild, waits for a pass.</summary>
    Pending = 4,

    /// <summary>In the pass under way.</summary>
    InPass = 8,

    /// <summary>Its state is with an actor elsewhere (<see cref="Cluster.RemoteAccounts"/>); here it is as it was last seen.</summary>
    Remote = 16,
}

/// <summary>One account of a partition.</summary>
internal struct AccountEntry
{
    /// <summary>The actor's block, in the table's memory.</summary>
    public AccountState State;

    /// <summary>Null until first read; with its mark its row in the fleet.</summary>
    public AccountCard? Card;
    public ulong Hash;
    public AccountFlags Flags;

    /// <summary>The same as among the table's due days, here beside what every record reads.</summary>
    public int DueDay;
}

/// <summary>
/// The accounts of one partition: from hash to number (dense, in order of first appearance, for good) to entry. The 64-bit hash of the id is the account's
/// identity. Due days lie apart, so that a tick scans four bytes an account, and marks, which most events leave alone.
/// </summary>
internal sealed class AccountTable
{
    private const ulong NumberMask = uint.MaxValue;

    // The upper half of a hash, and the number plus one: eight bytes, for this is read at random by every record.
    private ulong[] slots = new ulong[256];
    private AccountEntry[] entries = new AccountEntry[128];
    private AccountMark[] marks = new AccountMark[128];
    private int[] dueDays = new int[128];
    private int identified;

    /// <summary>Of all blocks.</summary>
    public BlockMemory Memory { get; } = new(WideMemory.Allocate);

    public int Count { get; private set; }

    public ReadOnlySpan<int> DueDays => dueDays.AsSpan(0, Count);

    public ref AccountEntry this[int number] => ref entries[number];

    /// <summary>Of an account that has a card.</summary>
    public ref AccountMark MarkOf(int number) => ref marks[number];

    /// <summary>The row as it is shown, of an account that has a card.</summary>
    public AccountSummary RowOf(int number) => AccountSummary.Of(entries[number].Card!, marks[number], AccountActor.LastActivityOn(entries[number].State));

    public void SetDueDay(int number, int day)
    {
        ref var known = ref entries[number].DueDay;
        if (known != day) known = dueDays[number] = day;
    }

    public void PrefetchSlot(ulong hash) => Ahead.Touch(in slots[hash & (ulong)(slots.Length - 1)]);

    /// <summary>Both ends: an entry may lie across two lines. By bytes, for the address of a field is taken with a read that would wait for the very line.</summary>
    public void PrefetchEntry(int number)
    {
        ref var first = ref Unsafe.As<AccountEntry, byte>(ref entries[number]);
        Ahead.Touch(in first);
        Ahead.Touch(in Unsafe.AddByteOffset(ref first, Unsafe.SizeOf<AccountEntry>() - 1));
    }

    /// <summary>-1: no such account.</summary>
    public int Find(ulong hash)
    {
        var at = hash;
        int number;
        while ((number = Look(hash, ref at)) >= 0 && entries[number].Hash != hash) at++;
        return number;
    }

    /// <summary>The number that the account has if it is here, without a look at its entry: nearly always its own. -1: no such account.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Guess(ulong hash)
    {
        var at = hash;
        return Look(hash, ref at);
    }

    // The high bits of the hash choose the partition, so the low ones choose the slot.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Look(ulong hash, ref ulong at)
    {
        for (; ; at++)
        {
            var slot = slots[at & (ulong)(slots.Length - 1)];
            if (slot == 0 || (slot ^ hash) <= NumberMask) return (int)(slot & NumberMask) - 1;
        }
    }

    /// <param name="hash">Of the account's id.</param>
    /// <param name="state">A new one, in the table's memory.</param>
    public int Add(ulong hash, AccountState state)
    {
        Debug.Assert(Find(hash) < 0, "The account is known.");
        var number = Count;
        Put(number, state);
        Identify(number, hash);
        return number;
    }

    /// <summary>Puts a stored account into its place; places may come in any order. All must have come, and be identified, before any is sought.</summary>
    public void Load(int number, ReadOnlySpan<byte> stored)
    {
        var state = AccountState.Of(stored, Memory);
        Put(number, state);
    }

    private void Put(int number, AccountState state)
    {
        if (number >= entries.Length)
        {
            var size = Math.Max(number + 1, entries.Length * 2);
            WideMemory.Grow(ref entries, size);
            WideMemory.Grow(ref marks, size);
            WideMemory.Grow(ref dueDays, size);
        }

        entries[number].State = state;
        entries[number].DueDay = dueDays[number] = AccountActor.NextDueDay(state);
        Count = Math.Max(Count, number + 1);
    }

    public void Identify(int number, ulong hash)
    {
        entries[number].Hash = hash;
        if (++identified * 2 > slots.Length) LayOutSlots();
        PutSlot(hash, number);
    }

    private void LayOutSlots()
    {
        var old = slots;
        slots = WideMemory.Allocate<ulong>(old.Length * 2);
        foreach (var slot in old)
        {
            var number = (int)(slot & NumberMask) - 1;
            if (number >= 0) PutSlot(entries[number].Hash, number);
        }
    }

    private void PutSlot(ulong hash, int number)
    {
        var at = hash & (ulong)(slots.Length - 1);
        while (slots[at] != 0) at = (at + 1) & (ulong)(slots.Length - 1);
        slots[at] = (hash & ~NumberMask) | (uint)(number + 1);
    }
}
