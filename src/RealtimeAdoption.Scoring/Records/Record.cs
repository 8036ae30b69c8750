using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Scoring.Records;

/// <summary>What a journal record says. Stored: numbers only grow.</summary>
public enum RecordKind : byte
{
    /// <summary>A usage event: track, page or screen.</summary>
    Usage = 1,

    /// <summary>Some fields of an account's profile (Segment <c>group</c>): those present are set, an explicit null clears.</summary>
    Traits = 2,

    /// <summary>An account's whole profile (PUT): fields that are absent are cleared.</summary>
    Profile = 3,

    /// <summary>Segment <c>identify</c>: durable, makes the account exist where it names one, sets nothing.</summary>
    Identify = 4,

    /// <summary>Segment <c>alias</c>: durable, no effect.</summary>
    Alias = 5,

    /// <summary>A user was grouped into an account. Keyed by user: it lies in the partition of the user's hash.</summary>
    Directory = 6,

    /// <summary>Opens the UTC day of <see cref="Record.TimeMs"/> for the partition.</summary>
    Tick = 7,

    /// <summary>The model file's text: the partition's first model from here on, or the beginning of a later one's activation, which ends with <see cref="Activated"/>.</summary>
    Model = 8,

    /// <summary>Marks the swap of rebuilt accounts.</summary>
    Rebuilt = 9,

    /// <summary>What a person does to an alert; name: acknowledge, snooze, assign, resolve. Properties: type, subject, by, until, until_worse, assignee.</summary>
    AlertAction = 10,

    /// <summary>A person pins an account's band or stage; name: band, stage. Properties: value (null takes the pin away), by, reason, until.</summary>
    Override = 11,

    /// <summary>Marks the swap of all accounts to the model whose activation has begun before.</summary>
    Activated = 12,

    /// <summary>A record of an account is left out of all that is computed, because it breaks it, or (name: released) counts again. Written by the partition.</summary>
    Quarantine = 13,
}

[Flags]
public enum RecordFlags : byte
{
    None = 0,

    /// <summary>The sender gave a timestamp.</summary>
    HasTimestamp = 1,

    /// <summary>Draft only: <see cref="Record.TimeMs"/> is <c>sentAt - timestamp</c>, to be taken from the receipt (clock correction).</summary>
    TimeIsAge = 2,

    /// <summary>The sender gave a message id; without one nothing is de-duplicated.</summary>
    HasMessageId = 4,

    /// <summary>Came through an import door: historic whatever its date.</summary>
    Import = 8,

    /// <summary>Too old to take effect at once, or imported: effective with the account's next rebuild. Set by the partition.</summary>
    Historic = 16,

    /// <summary>The account was looked up by the event's user.</summary>
    LookedUp = 32,

    /// <summary>Appended by a door of a cluster, which knows neither ids nor models: whoever applies it judges whether it is a repetition, and whether it is late.</summary>
    Unjudged = 64,
}

public enum PropertyKind : byte
{
    Text = 1,

    /// <summary>The number's own JSON text.</summary>
    Number = 2,

    /// <summary>One byte: 0 or 1.</summary>
    Boolean = 3,

    Null = 4,

    /// <summary>A nested value's JSON text; feeds nothing, kept for the doors that mean it (a contract).</summary>
    Json = 5,
}

/// <summary>
/// One journal record over its bytes: a fixed head of <see cref="HeadSize"/> bytes, then account, user, name, source,
/// message id, then the properties. Little-endian. The same bytes are a door's draft, the journal's record and what replay
/// reads; the partition fills in receipt, time and flags. A view: valid while the bytes are.
/// </summary>
public readonly ref struct Record
{
    public const int HeadSize = 72;

    private readonly ReadOnlySpan<byte> bytes;

    /// <param name="bytes">Starts at the record; may be longer than it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record(ReadOnlySpan<byte> bytes)
    {
        var length = MemoryMarshal.Read<int>(bytes);
        if (length < HeadSize || length > bytes.Length) throw new InvalidDataException($"A record of {length} bytes in {bytes.Length} bytes.");
        this.bytes = bytes[..length];
    }

    /// <summary>Length and account's hash of the record at a place, for a look ahead that needs no more. Not checked beyond the bytes' end.</summary>
    public static (int Length, ulong AccountHash) Peek(ReadOnlySpan<byte> bytes, int at) =>
        (MemoryMarshal.Read<int>(bytes[at..]), MemoryMarshal.Read<ulong>(bytes[(at + 24)..]));

    /// <summary>Of the whole record, bytes.</summary>
    public int Length => bytes.Length;

    public ReadOnlySpan<byte> Bytes => bytes;

    public RecordKind Kind => (RecordKind)bytes[4];

    public RecordFlags Flags => (RecordFlags)bytes[5];

    public int PropertyCount => Read<ushort>(6);

    /// <summary>Unix milliseconds, stamped by the partition; never decreasing within it.</summary>
    public long ReceivedAtMs => Read<long>(8);

    /// <summary>Event time, unix milliseconds.</summary>
    public long TimeMs => Read<long>(16);

    public ulong AccountHash => Read<ulong>(24);

    /// <summary>0: no user.</summary>
    public ulong UserHash => Read<ulong>(32);

    /// <summary>Keyed fingerprint of (source, account, message id); 0 without message id.</summary>
    public ulong IdHash => Read<ulong>(40);

    /// <summary>
    /// What tells a repeated record of an account: the fingerprint, and for one sent without a timestamp also its day of receipt. 0: nothing does.
    /// Read it off a stamped record.
    /// </summary>
    public ulong Identity => IdentityOn(Days.Of(ReceivedAtMs));

    /// <summary>The identity of a draft that is received on that day.</summary>
    public ulong IdentityOn(int dayOfReceipt) => IdHash == 0 || Has(RecordFlags.HasTimestamp) ? IdHash : StableHash.Combine(IdHash, (ulong)dayOfReceipt) | 1;

    public ulong NameHash => Read<ulong>(48);

    /// <summary>Of name, user, timestamp as sent and properties, in any order of these; tells a conflict from a duplicate.</summary>
    public uint PayloadHash => Read<uint>(56);

    private int AccountLength => Read<ushort>(60);

    private int UserLength => Read<ushort>(62);

    private int NameLength => Read<ushort>(64);

    private int SourceLength => Read<ushort>(66);

    private int MessageIdLength => Read<ushort>(68);

    public bool Has(RecordFlags flag) => (Flags & flag) != RecordFlags.None;

    public ReadOnlySpan<byte> Account => bytes.Slice(HeadSize, AccountLength);

    public ReadOnlySpan<byte> User => bytes.Slice(HeadSize + AccountLength, UserLength);

    /// <summary>Of the event; for a record of the directory the account is <see cref="Account"/> and the user <see cref="User"/>.</summary>
    public ReadOnlySpan<byte> Name => bytes.Slice(HeadSize + AccountLength + UserLength, NameLength);

    public ReadOnlySpan<byte> Source => bytes.Slice(HeadSize + AccountLength + UserLength + NameLength, SourceLength);

    public ReadOnlySpan<byte> MessageId => bytes.Slice(HeadSize + AccountLength + UserLength + NameLength + SourceLength, MessageIdLength);

    public PropertyEnumerator Properties =>
        new(bytes[(HeadSize + AccountLength + UserLength + NameLength + SourceLength + MessageIdLength)..], PropertyCount);

    /// <summary>The first property of that name.</summary>
    public bool TryProperty(ReadOnlySpan<byte> name, out Property property)
    {
        for (var candidates = Properties; candidates.MoveNext();)
        {
            if (!candidates.Name.SequenceEqual(name)) continue;
            property = candidates.Current;
            return true;
        }

        property = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Read<T>(int offset)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), offset));

    /// <summary>The partition's part of a draft: receipt, final event time, flags.</summary>
    public static void Stamp(Span<byte> record, long receivedAtMs, long timeMs, RecordFlags flags)
    {
        record[5] = (byte)flags;
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], receivedAtMs);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], timeMs);
    }
}

/// <summary>A property of a record: name, kind, value bytes (UTF-8, unescaped).</summary>
public readonly ref struct Property(PropertyKind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    public PropertyKind Kind { get; } = kind;

    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Value { get; } = value;

    public bool IsTrue => Kind == PropertyKind.Boolean && Value is [not 0, ..];
}

/// <summary>Walks a record's properties in the order they were written.</summary>
public ref struct PropertyEnumerator(ReadOnlySpan<byte> bytes, int count)
{
    // kind: 1 byte, name length: 2, value length: 4, name, value.
    private const int HeadSize = 7;

    private ReadOnlySpan<byte> rest = bytes;
    private int left = count;
    private int nameLength;

    // Of the current one; 0 before the first.
    private int length;

    public readonly ReadOnlySpan<byte> Name => rest.Slice(HeadSize, nameLength);

    public readonly Property Current => new((PropertyKind)rest[0], Name, rest[(HeadSize + nameLength)..length]);

    public readonly PropertyEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (left-- <= 0) return false;
        rest = rest[length..];
        nameLength = MemoryMarshal.Read<ushort>(rest[1..]);
        length = HeadSize + nameLength + MemoryMarshal.Read<int>(rest[3..]);
        return true;
    }
}
