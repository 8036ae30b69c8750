using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Asks the processor to fetch memory that will be needed some records later. Random reads over many accounts cost more than the scoring itself: without it
/// the same loop runs at less than half the speed. No effect where the processor has no such instruction.
/// </summary>
internal static class Ahead
{
    private const int LineSize = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Touch<T>(ref readonly T place)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
    }

    /// <summary>So many lines from the start of a block, which must have them. Its length is not looked at: that alone would wait for the memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void TouchBlock(byte[] block, int lines)
    {
        if (!Sse.IsSupported) return;
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(block));
        for (var i = 0; i < lines; i++) Sse.Prefetch0(start + (i * LineSize));
    }
}
