using RealtimeAdoption.Server.Clocks;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Server.Options;

public enum StorageKind { Sqlite, Postgres }

/// <summary>What an operator can set, with defaults and ranges. Read once at the start by <see cref="OptionsReader"/>.</summary>
public sealed record ServerOptions
{
    /// <summary><c>Urls</c>: where to listen, several with ';'. Default http://127.0.0.1:5080.</summary>
    public required string Urls { get; init; }

    /// <summary><c>Storage:Kind</c>: <c>sqlite</c> (default); <c>postgres</c> comes with a later release.</summary>
    public required StorageKind StorageKind { get; init; }

    /// <summary><c>Storage:Path</c>: the data folder. Default ./data, for the demo ./data-demo.</summary>
    public required string StoragePath { get; init; }

    /// <summary><c>Model:Path</c>: the model file used where the journal has none yet. Default: the sample model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Section <c>Auth</c>: its rules are the web library's.</summary>
    public required AuthOptions Auth { get; init; }

    /// <summary><c>Partitions</c>: fixed at the first start. 1 to 4,096, default 64.</summary>
    public required int Partitions { get; init; }

    /// <summary><c>Clock:Start</c>: an RFC 3339 instant; null: now.</summary>
    public DateTimeOffset? ClockStart { get; init; }

    /// <summary><c>Clock:Speed</c>: 0 to 1,000,000, default 1.</summary>
    public double ClockSpeed { get; init; } = 1;

    public bool IsClockDriven => ClockStart is not null || ClockSpeed is not 1;

    public TimeProvider Clock() =>
        IsClockDriven ? new DrivenClock(ClockStart ?? TimeProvider.System.GetUtcNow(), ClockSpeed) : TimeProvider.System;
}
