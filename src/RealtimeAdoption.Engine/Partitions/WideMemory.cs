using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Memory for what is large and read at random: arrays that stay where they are, which the system is asked to back by huge pages of 2 MB. With pages of 4 KB nearly every such read also misses the
/// processor's table of pages. Asking is all: where the system has no huge pages, or none left, or is not Linux, it is memory as any other.
/// </summary>
internal static class WideMemory
{
    private const int Line = 64;
    private const int HugePage = 2 << 20;
    private const int AdviseHugePage = 14;

    // Smaller ones would mostly be the rest of a page that nothing else can use.
    private const int FromBytes = 2 * HugePage;

    /// <summary>Not cleared, if it is not new from the system. Begins at a multiple of 64 in memory, or of 2 MB if it is large.</summary>
    public static unsafe BlockMemory.Piece Allocate(int bytes)
    {
        var alignment = bytes >= FromBytes ? HugePage : Line;
        var array = GC.AllocateUninitializedArray<byte>(bytes + alignment, pinned: true);
        var first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        var start = (int)(((first + alignment - 1) & -alignment) - first);
        if (alignment == HugePage) Advise(first + start, bytes);
        return new BlockMemory.Piece(array, start);
    }

    /// <summary>An array of zeros that stays where it is.</summary>
    public static unsafe T[] AllocateCleared<T>(int length)
        where T : unmanaged
    {
        var array = GC.AllocateArray<T>(length, pinned: true);
        var bytes = (nint)length * sizeof(T);
        var first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        var start = (first + HugePage - 1) & -HugePage;
        if (bytes >= FromBytes) Advise(start, (bytes - (start - first)) & -HugePage);
        return array;
    }

    private static void Advise(nint address, nint bytes)
    {
        // What it answers does not matter: the memory can be used either way.
        if (OperatingSystem.IsLinux()) _ = MemoryAdvise(address, bytes, AdviseHugePage);
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MemoryAdvise(nint address, nint length, int advice);
}
