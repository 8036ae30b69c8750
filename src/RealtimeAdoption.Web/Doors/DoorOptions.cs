using Microsoft.Extensions.Options;

namespace RealtimeAdoption.Web.Doors;

/// <summary>The doors' limits. Section <c>Doors</c> of the configuration; checked at the start, all errors at once.</summary>
public sealed class DoorOptions
{
    public const string Section = "Doors";

    /// <summary>Bytes of one message as sent. 1 KiB to 60 KiB, default 32 KiB. Larger ones are refused one by one: <c>too_large</c>.</summary>
    public int EventBytesMax { get; set; } = 32 << 10;

    /// <summary>Bytes of a body of Segment's doors, unpacked. 64 KiB to 64 MiB, default 4 MiB. Beyond it: 413.</summary>
    public int BodyBytesMax { get; set; } = 4 << 20;

    /// <summary>Bytes of an NDJSON body, unpacked. 64 KiB to 512 MiB, default 64 MiB. Beyond it: 413.</summary>
    public int NdjsonBytesMax { get; set; } = 64 << 20;

    /// <summary>Lines of an NDJSON body. 1,000 to 10,000,000, default 1,000,000. Beyond it: 413.</summary>
    public int NdjsonLinesMax { get; set; } = 1_000_000;

    /// <summary>Bytes of an account's profile, unpacked. 4 KiB to 4 MiB, default 256 KiB. Beyond it: 413.</summary>
    public int ProfileBytesMax { get; set; } = 256 << 10;

    /// <summary>How deep a message's objects and arrays may lie in each other, itself counted. 4 to 64, default 16.</summary>
    public int DepthMax { get; set; } = 16;

    /// <summary>Refused items that one answer lists and that are kept singly among the rejections. 1 to 100,000, default 1,000. The rest are counted.</summary>
    public int ErrorsListedMax { get; set; } = 1000;

    /// <summary>Bytes of one key's bodies being worked on. 64 KiB to 16 GiB, default 32 MiB. Beyond it: 429 with Retry-After; a larger body is taken alone.</summary>
    public long KeyBytesInFlightMax { get; set; } = 32L << 20;

    /// <summary>Bytes of all bodies being read or worked on. 16 MiB to 16 GiB, default 256 MiB. Beyond it: 503 with Retry-After.</summary>
    public long BytesInFlightMax { get; set; } = 256L << 20;
}

public sealed class DoorOptionsCheck : IValidateOptions<DoorOptions>
{
    public ValidateOptionsResult Validate(string? name, DoorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        Range(nameof(options.EventBytesMax), options.EventBytesMax, 1 << 10, 60 << 10);
        Range(nameof(options.BodyBytesMax), options.BodyBytesMax, 64 << 10, 64 << 20);
        Range(nameof(options.NdjsonBytesMax), options.NdjsonBytesMax, 64 << 10, 512 << 20);
        Range(nameof(options.NdjsonLinesMax), options.NdjsonLinesMax, 1000, 10_000_000);
        Range(nameof(options.ProfileBytesMax), options.ProfileBytesMax, 4 << 10, 4 << 20);
        Range(nameof(options.DepthMax), options.DepthMax, 4, 64);
        Range(nameof(options.ErrorsListedMax), options.ErrorsListedMax, 1, 100_000);
        Range(nameof(options.KeyBytesInFlightMax), options.KeyBytesInFlightMax, 64 << 10, 16L << 30);
        Range(nameof(options.BytesInFlightMax), options.BytesInFlightMax, 16 << 20, 16L << 30);
        if (errors.Count == 0 && options.BytesInFlightMax < Math.Max(options.NdjsonBytesMax, options.BodyBytesMax))
            errors.Add("Doors:BytesInFlightMax is less than one body may have; no such body could ever be taken.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Range(string option, long value, long from, long to)
        {
            if (value < from || value > to) errors.Add($"Doors:{option} is {value}; it must be {from} to {to}.");
        }
    }
}
