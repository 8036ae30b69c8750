using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Web.Answers;

/// <summary>
/// How far a reader is in the feed of every partition, and which partition comes next, as text that clients hand back and do not read. Bound to the store: the
/// cursor of another one would silently skip. Mutable while a page is read.
/// </summary>
internal sealed class FeedCursor
{
    private const byte Version = 1;
    private const int HeadSize = 9;
    private const int MaxLength = 16 * 1024;
    private readonly uint store;

    private FeedCursor(uint store, int partitions)
    {
        this.store = store;
        Sequences = new long[partitions];
    }

    /// <summary>By partition: the sequence of the last change that the reader has.</summary>
    public long[] Sequences { get; }

    /// <summary>The partition to read first, so that a busy one cannot keep the others waiting.</summary>
    public int Next { get; set; }

    /// <summary>Before the first change.</summary>
    public static FeedCursor Start(StoreIdentity identity) => new(StoreOf(identity), identity.Partitions);

    /// <summary>The reader has everything, if the feeds end here.</summary>
    /// <param name="feedEnds">By partition: the number of its last change.</param>
    public bool IsAtEnd(IReadOnlyList<long> feedEnds)
    {
        for (var partition = 0; partition < Sequences.Length; partition++)
        {
            if (feedEnds[partition] > Sequences[partition]) return false;
        }

        return true;
    }

    public override string ToString()
    {
        var bytes = new byte[HeadSize + (Sequences.Length * 10)];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), store);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(5), Next);
        var length = HeadSize;
        foreach (var sequence in Sequences)
        {
            var rest = (ulong)sequence;
            for (; rest >= 0x80; rest >>= 7) bytes[length++] = (byte)(rest | 0x80);
            bytes[length++] = (byte)rest;
        }

        return Base64Url.EncodeToString(bytes.AsSpan(0, length));
    }

    /// <summary>Null: not a cursor of this store's feed.</summary>
    public static FeedCursor? Read(string text, StoreIdentity identity)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return null;
        var bytes = Base64Url.DecodeFromChars(text).AsSpan();
        if (bytes.Length < HeadSize || bytes[0] != Version) return null;
        var cursor = new FeedCursor(BinaryPrimitives.ReadUInt32LittleEndian(bytes[1..]), identity.Partitions) { Next = BinaryPrimitives.ReadInt32LittleEndian(bytes[5..]) };
        if (cursor.store != StoreOf(identity) || cursor.Next < 0 || cursor.Next >= identity.Partitions) return null;
        bytes = bytes[HeadSize..];
        for (var partition = 0; partition < cursor.Sequences.Length; partition++)
        {
            if (!TryReadNumber(ref bytes, out cursor.Sequences[partition])) return null;
        }

        return bytes.IsEmpty ? cursor : null;
    }

    private static bool TryReadNumber(ref Span<byte> bytes, out long number)
    {
        number = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            if (bytes.IsEmpty) return false;
            var octet = bytes[0];
            bytes = bytes[1..];
            number |= (long)(octet & 0x7F) << shift;
            if (octet < 0x80) return true;
        }

        return false;
    }

    // A short digest, not the seed or an invertible hash of it: the seed is secret.
    private static uint StoreOf(StoreIdentity identity)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(seed, identity.IdSeed);
        return BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(seed));
    }
}
