using System.Runtime.CompilerServices;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Segment's kinds of messages.</summary>
internal enum MessageType : byte
{
    None = 0,
    Track,
    Identify,
    Group,
    Page,
    Screen,
    Alias,
    Unknown,
}

/// <summary>A stretch of bytes: of the text being read, or of the scratch where a string had to be unescaped. Default: absent.</summary>
internal readonly struct TextRange
{
    // Scratch is the sign bit: -1 - start.
    private readonly int start;

    private TextRange(int start, int length)
    {
        this.start = start;
        Length = length;
    }

    public int Length { get; }

    public bool IsAbsent => Length == 0;

    public static TextRange OfText(int start, int length) => new(start, length);

    public static TextRange OfScratch(int start, int length) => new(-1 - start, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> text, ReadOnlySpan<byte> scratch) =>
        start >= 0 ? text.Slice(start, Length) : scratch.Slice(-1 - start, Length);
}

/// <summary>A property or trait: its name and value where they lie. A truth value is its length: 1 or 0.</summary>
internal readonly record struct PropertyRange(PropertyKind Kind, TextRange Name, TextRange Value);

/// <summary>A run of the table of properties.</summary>
internal struct PropertyRun
{
    public int Start;
    public int Count;
}

/// <summary>One Segment message as ranges into the body; nothing copied. Only what scoring needs: the rest is checked and left.</summary>
internal struct Message
{
    public MessageType Type;
    public TextRange MessageId;
    public TextRange UserId;
    public TextRange ContextGroupId;
    public TextRange GroupId;
    public TextRange PropertiesAccountId;
    public TextRange Event;
    public TextRange PageName;
    public TextRange Category;
    public TextRange PreviousId;
    public TextRange Timestamp;
    public TextRange OriginalTimestamp;
    public TextRange SentAt;
    public PropertyRun Properties;
    public PropertyRun Traits;

    /// <summary>Null: readable. Otherwise one of <see cref="RefusalCode"/>, the first thing found wrong.</summary>
    public string? RefusalCode;
    public string? RefusalDetail;
}
