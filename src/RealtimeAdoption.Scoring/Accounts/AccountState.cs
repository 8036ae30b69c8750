using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// Where an account's block lies: in an array of its own, or in the memory that it shares with other accounts (<see cref="BlockMemory"/>). A value that owns its block: one that lies
/// in shared memory must not be copied and then changed, for growth gives its old place to another account. No thread safety: one writer.
/// </summary>
public unsafe struct AccountState
{
    internal const int Line = 64;

    // In shared memory: where it lies, which does not move. An address, because finding it from an array would read the array's head, at random as the block itself. Null: in an array of its own.
    private byte* place;

    // The shared memory, or an OwnBlock.
    private object? owner;

    // In shared memory: the piece that it lies in, and its lines of 64 bytes.
    private ushort piece;
    private ushort lines;

    internal AccountState(BlockMemory memory, byte* place, ushort piece, ushort lines)
    {
        this.place = place;
        this.piece = piece;
        this.lines = lines;
        owner = memory;
    }

    private AccountState(byte[] array, BlockMemory? memory) => owner = new OwnBlock(array, memory);

    // Of a block in an array of its own.
    private sealed record OwnBlock(byte[] Array, BlockMemory? Memory);

    /// <summary>A state in an array of its own, which becomes the state's.</summary>
    public static AccountState Of(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new AccountState(bytes, memory: null);
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
        memory is not null && memory.TryAllocate(size, out var state) ? state : new AccountState(GC.AllocateUninitializedArray<byte>((size + Line - 1) & -Line), memory);

    public readonly bool IsNone => owner is null;

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

    internal readonly BlockMemory? Memory => place is null ? Own.Memory : Unsafe.As<BlockMemory>(owner);

    internal readonly byte* Place => place;

    internal readonly ushort Piece => piece;

    internal readonly ushort Lines => lines;

    internal readonly int Capacity => place is null ? Own.Array.Length : lines * Line;

    /// <summary>The block and what is free behind it.</summary>
    internal readonly Span<byte> Room => place is null ? Own.Array : new Span<byte>(place, lines * Line);

    internal readonly ref byte Origin
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (place is null) return ref MemoryMarshal.GetArrayDataReference(Own.Array);
            return ref *place;
        }
    }

    private readonly OwnBlock Own => (OwnBlock)owner!;

    /// <summary>Asks the processor for the lines with these bytes, which may lie behind the block's end. No effect where it cannot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Prefetch(int from, int size)
    {
        if (!Sse.IsSupported) return;
        var first = (byte*)Unsafe.AsPointer(ref Unsafe.Add(ref Origin, from & -Line));
        for (var line = 0; line < size + (from & (Line - 1)); line += Line) Sse.Prefetch0(first + line);
    }

    /// <summary>A copy of a stored state takes the place of this one, in the memory of this one.</summary>
    public void Load(ReadOnlySpan<byte> stored) => Take(Of(stored.ToArray()));

    /// <summary>The block of the other takes the place of this one, in the memory of this one.</summary>
    internal void Take(in AccountState other)
    {
        var old = this;
        var bytes = other.Bytes;
        this = Allocate(bytes.Length, Memory);
        bytes.CopyTo(Room);
        old.Free();
    }

    /// <summary>Its place may be given to another; the value must not be used any more.</summary>
    internal readonly void Free() => Memory?.Free(this);
}
