using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// An account's state: one block of bytes with named parts; nothing else touches its bytes. Little-endian, and its own stored form. When a section
/// grows the array is replaced, so no reference into it may be held across a call that can grow it.
/// </summary>
internal readonly ref struct AccountBlock
{
    public const ushort CurrentVersion = 1;
    public const int Never = int.MaxValue;
    public const int NoDay = int.MinValue;

    private readonly ref byte[] array;

    public AccountBlock(CompiledModel model, ref byte[] array)
    {
        this.array = ref array;
        Model = model;
        Layout = model.Layout;
        if (!IsOf(model, array))
            throw new InvalidOperationException("The account's state was made under another layout: it must be rebuilt from the journal.");
    }

    /// <summary>The bytes are a state of this version under the model's layout.</summary>
    public static bool IsOf(CompiledModel model, byte[] state) =>
        state.Length >= model.Layout.FixedSize && MemoryMarshal.Read<ushort>(state) == CurrentVersion && MemoryMarshal.Read<uint>(state.AsSpan(4)) == model.Layout.Hash;

    public CompiledModel Model { get; }

    public BlockLayout Layout { get; }

    private ref byte Origin => ref MemoryMarshal.GetArrayDataReference(array);

    public ref ushort Flags => ref At<ushort>(2);

    public ref uint LayoutHash => ref At<uint>(4);

    /// <summary>The day that everything below is as of.</summary>
    public ref int Day => ref At<int>(8);

    public ref int NextDue => ref At<int>(12);

    public ref long Position => ref At<long>(16);

    /// <summary>Position of the last historic record; 0: none.</summary>
    public ref long HistoricThrough => ref At<long>(24);

    public ref int FirstDay => ref At<int>(32);

    public ref int LastActivityDay => ref At<int>(36);

    public ref ulong Adopted => ref At<ulong>(40);

    public ref ulong Entitled => ref At<ulong>(48);

    /// <summary>The first day after <see cref="Day"/> on which the contract covers other products.</summary>
    public ref int EntitledUntil => ref At<int>(56);

    public ref int Stage => ref At<int>(60);

    /// <summary>What the changes so far have told.</summary>
    public ref ulong ReportedAdopted => ref At<ulong>(64);

    public ref int ReportedStage => ref At<int>(72);

    public ref int Length => ref At<int>(76);

    public bool IsRebuilding => (Flags & (ushort)BlockFlags.Rebuilding) != 0;

    public void Set(BlockFlags flag, bool on) => Flags = (ushort)(on ? Flags | (ushort)flag : Flags & ~(ushort)flag);

    public bool Is(BlockFlags flag) => (Flags & (ushort)flag) != 0;

    /// <summary>Bit i: the product's criteria held on day T - i.</summary>
    public ref ulong Hold(int product) => ref At<ulong>(Layout.ProductsOffset + (product * BlockLayout.ProductSize));

    /// <summary>Bit i: the product was adopted on day T - i.</summary>
    public ref ulong AdoptedDays(int product) => ref At<ulong>(Layout.ProductsOffset + (product * BlockLayout.ProductSize) + 8);

    public int Offset(int section) => At<int>(Layout.TableOffset + (section * BlockLayout.SectionEntrySize));

    public int Capacity(int section) => At<int>(Layout.TableOffset + (section * BlockLayout.SectionEntrySize) + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte Section(int section) => ref Unsafe.Add(ref Origin, Offset(section));

    public Span<byte> SectionSpan(int section) => array.AsSpan(Offset(section), Capacity(section));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T At<T>(int offset)
        where T : unmanaged => ref Unsafe.As<byte, T>(ref Unsafe.Add(ref Origin, offset));

    /// <summary>Asks the processor for lines of 64 bytes of a section, from an offset in it. No effect where it cannot.</summary>
    public unsafe void Prefetch(int section, int offset, int lines)
    {
        if (!Sse.IsSupported) return;
        ref var place = ref Unsafe.Add(ref Section(section), offset);
        for (var line = 0; line < lines; line++) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref place, line * 64)));
    }

    /// <summary>Gives a section another capacity; what is in it stays up to the smaller of both, new bytes are zero.</summary>
    public void Resize(int section, int capacity)
    {
        capacity = (capacity + 7) & ~7;
        var offset = Offset(section);
        var old = Capacity(section);
        var delta = capacity - old;
        if (delta == 0) return;
        var length = Length;
        var from = array;
        if (length + delta > from.Length)
        {
            // An eighth to spare: most growth then moves a few bytes within the array instead of the whole block to a new one.
            array = GC.AllocateUninitializedArray<byte>((length + delta + (length >> 3) + 63) & ~63);
            from.AsSpan(0, offset + Math.Min(old, capacity)).CopyTo(array);
        }

        from.AsSpan(offset + old, length - offset - old).CopyTo(array.AsSpan(offset + capacity));
        Length = length + delta;
        if (delta > 0) array.AsSpan(offset + old, delta).Clear();

        // Equal histories make equal bytes, also behind the end.
        array.AsSpan(length + delta).Clear();
        At<int>(Layout.TableOffset + (section * BlockLayout.SectionEntrySize) + 4) = capacity;
        for (var next = section + 1; next < Layout.Sections; next++)
            At<int>(Layout.TableOffset + (next * BlockLayout.SectionEntrySize)) += delta;
    }

    public static byte[] Create(CompiledModel model, int day)
    {
        var layout = model.Layout;
        var length = layout.FixedSize;
        for (var section = 0; section < layout.Sections; section++) length += layout.InitialCapacity(model, section);
        var bytes = new byte[length];
        MemoryMarshal.Write(bytes, CurrentVersion);
        MemoryMarshal.Write(bytes.AsSpan(4), layout.Hash);
        var block = new AccountBlock(model, ref bytes);
        block.Day = block.FirstDay = day;
        block.LastActivityDay = NoDay;
        block.NextDue = block.EntitledUntil = Never;
        block.Length = length;
        block.Set(BlockFlags.New, true);
        var offset = layout.FixedSize;
        for (var section = 0; section < layout.Sections; section++)
        {
            var capacity = layout.InitialCapacity(model, section);
            block.At<int>(layout.TableOffset + (section * BlockLayout.SectionEntrySize)) = offset;
            block.At<int>(layout.TableOffset + (section * BlockLayout.SectionEntrySize) + 4) = capacity;
            offset += capacity;
        }

        foreach (var metric in model.Metrics)
        {
            if (metric.Windows.Length > 0 && metric.Kind != MetricKind.Gauge) Unsafe.As<byte, int>(ref block.Section(metric.Index)) = metric.Kind == MetricKind.Sum ? 4 : 1;
        }

        Unsafe.As<byte, int>(ref block.Section(layout.Activity)) = 1;
        return bytes;
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
}
