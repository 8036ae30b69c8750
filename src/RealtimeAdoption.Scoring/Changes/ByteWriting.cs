using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RealtimeAdoption.Scoring.Changes;

/// <summary>Writes small values one behind the other: numbers in groups of 7 bits, lowest first; texts as UTF-8 behind their length; doubles as their 8 bytes.</summary>
internal readonly struct ByteWriting(ArrayBufferWriter<byte> to)
{
    public void Number(ulong value)
    {
        var span = to.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        to.Advance(length);
    }

    /// <summary>Small magnitudes of either sign take few bytes.</summary>
    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(to.GetSpan(8), value);
        to.Advance(8);
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        Number((ulong)utf8.Length);
        to.Write(utf8);
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Number((ulong)length);
        Encoding.UTF8.GetBytes(value, to.GetSpan(length));
        to.Advance(length);
    }
}

/// <summary>Reads what <see cref="ByteWriting"/> wrote; and what a <see cref="BinaryWriter"/> wrote, where the members say so, without making anything but texts.</summary>
/// <exception cref="InvalidDataException">From every method: the bytes end too soon, or are no value of the kind.</exception>
internal ref struct ByteReading(ReadOnlySpan<byte> from)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private ReadOnlySpan<byte> rest = from;

    public readonly bool IsEmpty => rest.IsEmpty;

    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var octet = Take(1)[0];
            if (shift == 63 && octet > 1) break;
            value |= (ulong)(octet & 0x7F) << shift;
            if (octet < 0x80) return value;
        }

        throw new InvalidDataException("A number does not end.");
    }

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A whole number up to a bound.</summary>
    public int Number(int max)
    {
        var value = Number();
        return value <= (ulong)max ? (int)value : throw new InvalidDataException($"A number is {value}; at most {max} was written.");
    }

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <summary>Of a binary writer, as the next ones: a byte.</summary>
    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() != 0;

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public decimal Decimal()
    {
        ReadOnlySpan<int> bits = [Int32(), Int32(), Int32(), Int32()];
        try
        {
            return new decimal(bits);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException("A decimal is none.", error);
        }
    }

    public string Text()
    {
        var bytes = Take(Number(rest.Length));
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException("A text is no UTF-8.", error);
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length) throw new InvalidDataException("The bytes end too soon.");
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
