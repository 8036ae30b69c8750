using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// An account's state: one block of bytes with named parts; nothing else touches its bytes. Little-endian, and its own stored form. When a section
/// grows the block may move, so no reference into it may be held across a call that can grow it.
/// </summary>
internal readonly ref struct AccountBlock
{
    public const ushort CurrentVersion = 9;
    public const int Never = int.MaxValue;
    public const int NoDay = int.MinValue;

    // The first line: what every event reads, and what is read off a state without its model.
    public const int FlagsOffset = 2;
    public const int NextDueOffset = 12;
    public const int PositionOffset = 16;
    public const int LastActivityOffset = 28;
    public const int LengthOffset = 52;
    private const int LastUsageOffset = 50;

    // Bytes that are asked for ahead.
    private const int MostTold = 1024;

    private readonly ref AccountState state;

    public AccountBlock(CompiledModel model, ref AccountState state)
    {
        this.state = ref state;
        Model = model;
        Layout = model.Layout;
        if (!IsOf(model, state))
            throw new InvalidOperationException("The account's state was made under another layout: it must be rebuilt from the journal.");
    }

    /// <summary>The bytes are a state of this version under the model's layout.</summary>
    public static bool IsOf(CompiledModel model, in AccountState state) =>
        state.Capacity >= model.Layout.FixedSize && (Unsafe.ReadUnaligned<ulong>(ref state.Origin) & VersionMask) == model.Layout.Version;

    // Version and layout's hash, but for the flags between them.
    private const ulong VersionMask = 0xFFFF_FFFF_0000_FFFF;

    public CompiledModel Model { get; }

    public BlockLayout Layout { get; }

    public ref ushort Flags => ref At<ushort>(FlagsOffset);

    /// <summary>The day that everything below is as of.</summary>
    public ref int Day => ref At<int>(8);

    public ref int NextDue => ref At<int>(NextDueOffset);

    public ref long Position => ref At<long>(PositionOffset);

    public ref int FirstDay => ref At<int>(24);

    public ref int LastActivityDay => ref At<int>(LastActivityOffset);

    public ref ulong Adopted => ref At<ulong>(32);

    public ref ulong Entitled => ref At<ulong>(40);

    public int Stage
    {
        get => At<short>(48);
        set => At<short>(48) = (short)value;
    }

    /// <summary>Of the latest usage event, gauges too; <see cref="NoDay"/>: none.</summary>
    public int LastUsageDay
    {
        get => At<ushort>(LastUsageOffset) is var day and not 0 ? day : NoDay;
        set => At<ushort>(LastUsageOffset) = (ushort)value;
    }

    /// <summary>Of all that is in use. Always the end of the last section, which the table has too.</summary>
    public ref int Length => ref At<int>(LengthOffset);

    /// <summary>Products whose criteria hold today: bit 0 of each <see cref="Hold"/>, side by side, so that most events need not look there.</summary>
    public ref ulong Held => ref At<ulong>(56);

    // What most events leave alone stands behind the products: see BlockLayout for how to add to it.

    /// <summary>What the changes so far have told.</summary>
    public ref ulong ReportedAdopted => ref At<ulong>(Layout.ColdOffset);

    public ref int ReportedStage => ref At<int>(Layout.ColdOffset + 8);

    /// <summary>The first day on which an alert can change by itself: found whenever all alerts are judged.</summary>
    public ref int AlertsDue => ref At<int>(Layout.ColdOffset + 12);

    /// <summary>A hash of what alerts asked of the account when all were judged last; 0: they must be judged again.</summary>
    public ref ulong AlertsSeen => ref At<ulong>(Layout.ColdOffset + 24);

    /// <summary>The first day after <see cref="Day"/> on which the contract covers other products.</summary>
    public ref int EntitledUntil => ref At<int>(Layout.ColdOffset + 32);

    /// <summary>Position of the last historic record; 0: none.</summary>
    public ref long HistoricThrough => ref At<long>(Layout.ColdOffset + 16);

    public bool IsRebuilding => (Flags & (ushort)BlockFlags.Rebuilding) != 0;

    public void Set(BlockFlags flag, bool on) => Flags = (ushort)(on ? Flags | (ushort)flag : Flags & ~(ushort)flag);

    public bool Is(BlockFlags flag) => (Flags & (ushort)flag) != 0;

    /// <summary>Bit i: the product's criteria held on day T - i.</summary>
    public ref ulong Hold(int product) => ref At<ulong>(Layout.ProductsOffset + (product * BlockLayout.ProductSize));

    /// <summary>Bit i: the product was adopted on day T - i.</summary>
    public ref ulong AdoptedDays(int product) => ref At<ulong>(Layout.ProductsOffset + (product * BlockLayout.ProductSize) + 8);

    public int Offset(int section) => At<int>(Layout.TableOffset + (section * BlockLayout.SectionEntrySize));

    // Sections lie one behind the other, so the table needs no sizes; the last entry is the end of all.
    public int Capacity(int section) => Offset(section + 1) - Offset(section);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte Section(int section) => ref Unsafe.Add(ref state.Origin, Offset(section));

    public Span<byte> SectionSpan(int section) => state.Room.Slice(Offset(section), Capacity(section));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T At<T>(int offset)
        where T : unmanaged => ref Unsafe.As<byte, T>(ref Unsafe.Add(ref state.Origin, offset));

    /// <summary>Asks the processor for so many bytes of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int offset, int size) => state.Prefetch(offset, size);

    /// <summary>Asks in one breath for what every look at score and alerts reads, where no record asked for it some records ahead.</summary>
    public void PrefetchReported()
    {
        Prefetch(Layout.HotSize, Layout.FixedSize - Layout.HotSize);
        Prefetch(Offset(Layout.Health), Layout.HealthHotSize);
    }

    /// <summary>The same, and what changes tell: the rest of health and all behind it, which is little in most accounts.</summary>
    public void PrefetchTold()
    {
        PrefetchReported();
        var told = Offset(Layout.Health) + Layout.HealthHotSize;
        Prefetch(told, Math.Min(Length - told, MostTold));
    }

    /// <summary>Gives a section another capacity; what is in it stays up to the smaller of both, new bytes are zero.</summary>
    public void Resize(int section, int capacity)
    {
        capacity = (capacity + 7) & ~7;
        var offset = Offset(section);
        var end = Offset(section + 1);
        var delta = capacity - (end - offset);
        if (delta == 0) return;
        var length = Length;
        var old = state;
        var moves = length + delta > old.Capacity;
        if (moves)
        {
            // The memory gives some room to spare: most growth then moves a few bytes in place instead of the whole block to a new one.
            state = AccountState.Allocate(length + delta, old.Memory);
            old.Room[..(offset + Math.Min(end - offset, capacity))].CopyTo(state.Room);
        }

        old.Room[end..length].CopyTo(state.Room[(end + delta)..]);
        if (moves) old.Free();
        Length = length + delta;
        if (delta > 0) state.Room.Slice(end, delta).Clear();
        for (var next = section + 1; next <= Layout.Sections; next++)
            At<int>(Layout.TableOffset + (next * BlockLayout.SectionEntrySize)) += delta;
    }

    public static AccountState Create(CompiledModel model, int day, BlockMemory? memory)
    {
        var layout = model.Layout;
        var length = layout.FixedSize;
        for (var section = 0; section < layout.Sections; section++) length += layout.InitialCapacity(model, section);
        var created = AccountState.Allocate(length, memory);
        created.Room[..length].Clear();
        Unsafe.WriteUnaligned(ref created.Origin, layout.Version);
        var block = new AccountBlock(model, ref created);
        block.Day = block.FirstDay = day;
        block.LastActivityDay = NoDay;
        block.NextDue = block.EntitledUntil = Never;
        block.Length = length;
        block.Set(BlockFlags.New, true);
        var offset = layout.FixedSize;
        for (var section = 0; section <= layout.Sections; section++)
        {
            block.At<int>(layout.TableOffset + (section * BlockLayout.SectionEntrySize)) = offset;
            if (section < layout.Sections) offset += layout.InitialCapacity(model, section);
        }

        foreach (var metric in model.Metrics)
        {
            if (metric.Windows.Length > 0 && metric.Kind != MetricKind.Gauge) Ring.Width(ref block.Section(metric.Index), metric.TotalsSize) = metric.Kind == MetricKind.Sum ? (byte)BlockLayout.SumWidth : (byte)1;
        }

        Ring.Width(ref block.Section(layout.Activity), 0) = 1;
        return created;
    }
}

/// <summary>Stored: numbers only grow.</summary>
[Flags]
internal enum BlockFlags : ushort
{
    None = 0,
    Rebuilding = 1,
    Churned = 2,

    /// <summary>No record has been applied yet.</summary>
    New = 4,

    /// <summary>The section of pins is not empty; here, so that most need not ask for it.</summary>
    Pinned = 8,
}
