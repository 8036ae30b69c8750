using RealtimeAdoption.Hosting.Clocks;
using RealtimeAdoption.Storage;

namespace RealtimeAdoption.Hosting.Options;

/// <summary>
/// What an operator can set of the server itself, with defaults and ranges. Read once at the start by <see cref="OptionsReader"/>. The sections
/// Auth, Doors, Board and Host belong to the libraries that use them.
/// </summary>
public sealed record ServerOptions
{
    /// <summary><c>Urls</c>: where to listen, several with ';'. Default http://127.0.0.1:5080.</summary>
    public required string Urls { get; init; }

    /// <summary>Section <c>Storage</c>, its path made absolute. The path's default is ./data, for the demo ./data-demo.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary><c>Model:Path</c>: the model file used where the journal has none yet. Default: the sample model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The operator named a model file, rather than taking the sample.</summary>
    public required bool IsModelGiven { get; init; }

    /// <summary><c>Partitions</c>: fixed at the first start. 1 to 4,096, default 64.</summary>
    public required int Partitions { get; init; }

    /// <summary><c>Clock:Start</c>: an RFC 3339 instant; null: now.</summary>
    public DateTimeOffset? ClockStart { get; init; }

    /// <summary><c>Clock:Speed</c>: 0 to 1,000,000, default 1.</summary>
    public double ClockSpeed { get; init; } = 1;

    public bool IsClockDriven => ClockStart is not null || ClockSpeed is not 1;

    public TimeProvider NewClock() =>
        IsClockDriven ? new DrivenClock(ClockStart ?? TimeProvider.System.GetUtcNow(), ClockSpeed) : TimeProvider.System;
}
