using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The account's users: day of last activity, the same by product, and a track for each distinct_users metric. Their ids stand in a section of their own.
/// Users are told apart by 64-bit hash.
/// </summary>
internal static class UserTable
{
    /// <summary>Bytes to spare when the ids' section grows, so that the first users do not each move the block.</summary>
    private const int FirstNames = 48;

    /// <summary>The user's place, made if new.</summary>
    public static int Touch(in AccountBlock block, ulong hash, ReadOnlySpan<byte> id)
    {
        if (block.Model.Planted == PlantedBug.UserCountedTwice && (block.Position & 7) == 3) hash ^= 2;
        var size = block.Layout.UserEntrySize;
        var section = block.Layout.Users;
        var index = KeyedTable.Find(block, section, size, hash);
        if (index >= 0) return index;
        if (KeyedTable.IsFull(block, section, size)) MakeRoom(block);
        index = KeyedTable.Insert(block, section, size, hash);
        var offset = AppendName(block, id);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref Entry(block, index), BlockLayout.UserNameOffset), offset);
        return index;
    }

    /// <summary>Where in the block the search for a user begins; -1: there are none.</summary>
    public static int PlaceOf(in AccountBlock block, ulong hash)
    {
        var layout = block.Layout;
        var capacity = KeyedTable.Capacity(block, layout.Users, layout.UserEntrySize);
        return capacity == 0 ? -1 : block.Offset(layout.Users) + BlockLayout.TableHeadSize + (KeyedTable.Home(hash, capacity) * layout.UserEntrySize);
    }

    /// <summary>Activity of a user, of the products in the mask.</summary>
    public static void Activity(in AccountBlock block, int user, int day, ulong products)
    {
        ref var entry = ref Entry(block, user);
        Raise(ref Unsafe.Add(ref entry, BlockLayout.UserLastOffset), day);
        while (products != 0)
        {
            var product = System.Numerics.BitOperations.TrailingZeroCount(products);
            products &= products - 1;
            Raise(ref Unsafe.Add(ref entry, BlockLayout.UserProductsOffset + (2 * product)), day);
        }
    }

    /// <summary>An event of the user feeds a distinct_users metric.</summary>
    public static void Feed(in AccountBlock block, CompiledMetric metric, int user, int day)
    {
        ref var track = ref Track(block, metric, user);
        var before = track.Last;
        track.Mark(day);
        if (track.Last != before) Counters.Move(block, metric, before, track.Last);
    }

    /// <summary>For a day before today: how many users the metric saw in the window that ends on it.</summary>
    public static long CountOn(in AccountBlock block, CompiledMetric metric, int within, int day)
    {
        long count = 0;
        for (var user = 0; user < Slots(block); user++)
        {
            if (IsEmpty(block, user)) continue;
            var latest = Track(block, metric, user).LatestUpTo(day);
            if (latest != 0 && latest > day - within) count++;
        }

        return count;
    }

    /// <summary>From this day on activity makes a user active today.</summary>
    public static int FirstActiveDay(in AccountBlock block) => Math.Max(1, block.Day - block.Model.Definition.Users.ActiveDays + 1);

    /// <summary>Users active today, counted one by one.</summary>
    public static int CountActive(in AccountBlock block)
    {
        if (KeyedTable.Count(block, block.Layout.Users) == 0) return 0;
        var (active, first) = (0, FirstActiveDay(block));
        for (var user = 0; user < Slots(block); user++)
        {
            // An empty place has no last day either.
            if (LastDay(block, user) >= first) active++;
        }

        return active;
    }

    public static int Slots(in AccountBlock block) => KeyedTable.Capacity(block, block.Layout.Users, block.Layout.UserEntrySize);

    public static bool IsEmpty(in AccountBlock block, int user) => Unsafe.ReadUnaligned<ulong>(ref Entry(block, user)) == 0;

    /// <summary>0: none.</summary>
    public static int LastDay(in AccountBlock block, int user) => Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref Entry(block, user), BlockLayout.UserLastOffset));

    public static int LastDay(in AccountBlock block, int user, int product) =>
        Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref Entry(block, user), BlockLayout.UserProductsOffset + (2 * product)));

    public static string Name(in AccountBlock block, int user) =>
        Encoding.UTF8.GetString(NameBytes(block, Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref Entry(block, user), BlockLayout.UserNameOffset))));

    private static ref DayTrack Track(in AccountBlock block, CompiledMetric metric, int user) =>
        ref Unsafe.As<byte, DayTrack>(ref Unsafe.Add(ref Entry(block, user), block.Layout.UserTracks[metric.Index]));

    private static ref byte Entry(in AccountBlock block, int user) => ref KeyedTable.Entry(block, block.Layout.Users, block.Layout.UserEntrySize, user);

    private static void Raise(ref byte place, int day)
    {
        if (Unsafe.ReadUnaligned<ushort>(ref place) < day) Unsafe.WriteUnaligned(ref place, (ushort)day);
    }

    private static void MakeRoom(in AccountBlock block)
    {
        var layout = block.Layout;
        var oldest = block.Day - layout.UserDays;
        var tracks = layout.UserTracks;
        KeyedTable.Rehash(block, layout.Users, layout.UserEntrySize, (ref byte entry) => IsAlive(ref entry, tracks, oldest));
        var names = block.SectionSpan(layout.UserNames).ToArray();
        if (names.Length == 0) return;
        block.SectionSpan(layout.UserNames).Clear();
        for (var user = 0; user < Slots(block); user++)
        {
            if (IsEmpty(block, user)) continue;
            ref var place = ref Unsafe.Add(ref Entry(block, user), BlockLayout.UserNameOffset);
            var offset = Unsafe.ReadUnaligned<int>(ref place);
            var moved = AppendName(block, names.AsSpan(offset + 2, BinaryPrimitives.ReadUInt16LittleEndian(names.AsSpan(offset))));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref Entry(block, user), BlockLayout.UserNameOffset), moved);
        }
    }

    private static bool IsAlive(ref byte entry, int[] tracks, int oldest)
    {
        if (Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref entry, BlockLayout.UserLastOffset)) > oldest) return true;
        foreach (var track in tracks)
        {
            if (track >= 0 && Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref entry, track)) > oldest) return true;
        }

        return false;
    }

    // The section: used bytes 4, then ids, each behind its 2-byte length.
    private static int AppendName(in AccountBlock block, ReadOnlySpan<byte> id)
    {
        var section = block.Layout.UserNames;
        var capacity = block.Capacity(section);
        var used = capacity == 0 ? 4 : Math.Max(4, BinaryPrimitives.ReadInt32LittleEndian(block.SectionSpan(section)));
        var end = used + 2 + id.Length;
        if (end > capacity) block.Resize(section, Math.Max(end + FirstNames, capacity + (capacity / 2)));
        var span = block.SectionSpan(section);
        BinaryPrimitives.WriteInt32LittleEndian(span, end);
        BinaryPrimitives.WriteUInt16LittleEndian(span[used..], (ushort)id.Length);
        id.CopyTo(span[(used + 2)..]);
        return used;
    }

    private static ReadOnlySpan<byte> NameBytes(in AccountBlock block, int offset)
    {
        var span = block.SectionSpan(block.Layout.UserNames);
        return span.Slice(offset + 2, BinaryPrimitives.ReadUInt16LittleEndian(span[offset..]));
    }
}
