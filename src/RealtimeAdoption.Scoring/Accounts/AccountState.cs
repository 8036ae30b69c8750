using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// Where an account's block lies: in an array of its own, or in the memory that it shares with other accounts (<see cref="BlockMemory"/>). A value that owns its block: one that lies
/// in shared memory must not be copied and then changed, for growth gives its old place to another account. No thread safety: one writer.
/// </summary>
public struct AccountState
{
    internal const int Line = 64;

    private byte[] array;
    private BlockMemory? memory;
    private int offset;

    // In shared memory: the piece that it lies in, and its lines of 64 bytes.
    private ushort piece;
    private ushort lines;

    internal AccountState(BlockMemory memory, byte[] array, int offset, ushort piece, ushort lines)
    {
        this.array = array;
        this.memory = memory;
        this.offset = offset;
        this.piece = piece;
        this.lines = lines;
    }

    /// <summary>A state in an array of its own, which becomes the state's.</summary>
    public static AccountState Of(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new AccountState { array = bytes };
    }

    /// <summary>A copy of a stored state, in that memory.</summary>
    public static AccountState Of(ReadOnlySpan<byte> stored, BlockMemory memory)
    {
        var state = Allocate(stored.Length, memory);
        stored.CopyTo(state.Room);
        state.Room[stored.Length..].Clear();
        return state;
    }

    /// <summary>Room for a block of so many bytes or some more; what is in it is not said.</summary>
    internal static AccountState Allocate(int size, BlockMemory? memory) =>
        memory is null ? Of(GC.AllocateUninitializedArray<byte>((size + Line - 1) & -Line)) : memory.Allocate(size);

    public readonly bool IsNone => array is null;

    /// <summary>The block, as it is stored. Valid until the state is changed.</summary>
    public readonly ReadOnlySpan<byte> Bytes
    {
        get
        {
            var all = Room;
            return all.Length < AccountBlock.LengthOffset + sizeof(int) ? all : all[..Math.Clamp(MemoryMarshal.Read<int>(all[AccountBlock.LengthOffset..]), 0, all.Length)];
        }
    }

    /// <summary>A copy in an array of its own.</summary>
    public readonly AccountState Copy() => Of(Bytes.ToArray());

    internal readonly BlockMemory? Memory => memory;

    internal readonly int Offset => offset;

    internal readonly ushort Piece => piece;

    internal readonly ushort Lines => lines;

    internal readonly int Capacity => lines == 0 ? array.Length : lines * Line;

    /// <summary>The block and what is free behind it.</summary>
    internal readonly Span<byte> Room => array.AsSpan(offset, Capacity);

    internal readonly ref byte Origin
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), offset);
    }

    /// <summary>Asks the processor for the lines with these bytes, which may lie behind the block's end. No effect where it cannot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly unsafe void Prefetch(int from, int size)
    {
        if (!Sse.IsSupported) return;
        var first = (byte*)Unsafe.AsPointer(ref Unsafe.Add(ref Origin, from & -Line));
        for (var line = 0; line < size + (from & (Line - 1)); line += Line) Sse.Prefetch0(first + line);
    }

    /// <summary>The block of the other takes the place of this one, in the memory of this one.</summary>
    internal void Take(in AccountState other)
    {
        var old = this;
        var bytes = other.Bytes;
        this = Allocate(bytes.Length, memory);
        bytes.CopyTo(Room);
        old.Free();
    }

    /// <summary>Its place may be given to another; the value must not be used any more.</summary>
    internal readonly void Free() => memory?.Free(this);
}
