using System.Runtime.CompilerServices;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// A section that holds a whole number for each of the last days, in as few bytes a day as the greatest needs (1, 2, 4, 8, 16), with running
/// totals before them: [totals][width 1][days]. A day's place is day % days: nothing moves when a day opens.
/// </summary>
internal static class Ring
{
    public static int Size(int days, int totals, int width) => (totals + 1 + (days * width) + 7) & ~7;

    /// <summary>Bytes a day.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte Width(ref byte section, int totals) => ref Unsafe.Add(ref section, totals);

    /// <summary>Where a day lies; days before 1970 are negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Place(int day, int days)
    {
        if (day >= 0) return (int)((uint)day % (uint)days);
        var place = day % days;
        return place + ((place >> 31) & days);
    }

    public static Int128 Get(ref byte section, int totals, int days, int day)
    {
        int width = Width(ref section, totals);
        ref var place = ref Unsafe.Add(ref section, totals + 1 + ((nint)Place(day, days) * width));
        return width switch
        {
            1 => place,
            2 => Unsafe.ReadUnaligned<ushort>(ref place),
            4 => Unsafe.ReadUnaligned<uint>(ref place),
            8 => Unsafe.ReadUnaligned<ulong>(ref place),
            _ => Unsafe.ReadUnaligned<Int128>(ref place),
        };
    }

    /// <summary>For counts, which never need 16 bytes.</summary>
    public static long GetCount(ref byte section, int totals, int days, int day)
    {
        int width = Width(ref section, totals);
        ref var place = ref Unsafe.Add(ref section, totals + 1 + ((nint)Place(day, days) * width));
        return width switch
        {
            1 => place,
            2 => Unsafe.ReadUnaligned<ushort>(ref place),
            4 => Unsafe.ReadUnaligned<uint>(ref place),
            _ => Unsafe.ReadUnaligned<long>(ref place),
        };
    }

    /// <summary>False: it does not fit, widen first.</summary>
    public static bool TrySet(ref byte section, int totals, int days, int day, Int128 value)
    {
        int width = Width(ref section, totals);
        ref var place = ref Unsafe.Add(ref section, totals + 1 + ((nint)Place(day, days) * width));
        switch (width)
        {
            case 1:
                if (value > byte.MaxValue) return false;
                place = (byte)value;
                return true;
            case 2:
                if (value > ushort.MaxValue) return false;
                Unsafe.WriteUnaligned(ref place, (ushort)value);
                return true;
            case 4:
                if (value > uint.MaxValue) return false;
                Unsafe.WriteUnaligned(ref place, (uint)value);
                return true;
            case 8:
                if (value > long.MaxValue) return false;
                Unsafe.WriteUnaligned(ref place, (ulong)value);
                return true;
            default:
                Unsafe.WriteUnaligned(ref place, value);
                return true;
        }
    }

    /// <summary>Adds a small number where it fits in place; the common case of a count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAddSmall(ref byte section, int totals, int days, int day, int amount)
    {
        if (Width(ref section, totals) != 1) return false;
        ref var place = ref Unsafe.Add(ref section, totals + 1 + Place(day, days));
        var sum = place + amount;
        if ((uint)sum > byte.MaxValue) return false;
        place = (byte)sum;
        return true;
    }

    public static void Clear(ref byte section, int totals, int days, int day) => TrySet(ref section, totals, days, day, 0);
}
