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

    /// <summary>An array as any other. Not pinned: should it ever be moved, it has small pages.</summary>
    public static T[] Allocate<T>(int length)
    {
        var array = new T[length];
        Advise(array);
        return array;
    }

    /// <summary>A larger array with the same beginning.</summary>
    public static void Grow<T>(ref T[] array, int length)
    {
        var larger = Allocate<T>(length);
        array.AsSpan().CopyTo(larger);
        array = larger;
    }

    private static unsafe void Advise<T>(T[] array)
    {
        var bytes = (nint)array.Length * Unsafe.SizeOf<T>();
        if (bytes < FromBytes) return;
        var first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        var inside = (first + HugePage - 1) & -HugePage;
        Advise(inside, (bytes - (inside - first)) & -HugePage);
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
