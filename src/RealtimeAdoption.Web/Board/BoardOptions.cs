using Microsoft.Extensions.Options;

namespace RealtimeAdoption.Web.Board;

/// <summary>How the board is paced. Section <c>Board</c> of the configuration; all times are real time, whatever the clock's speed.</summary>
public sealed class BoardOptions
{
    public const string Section = "Board";

    /// <summary>Shortest time between two deltas. 10 ms to 10 s, default 100 ms.</summary>
    public TimeSpan FrameInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time between heartbeats. 100 ms to 10 s, default 1 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A viewer that takes nothing for so long is disconnected. 1 s to 5 min, default 15 s.</summary>
    public TimeSpan SlowViewerTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Shortest time between two readings of the accounts that moved last, where the feed did not tell them all; while the fleet changes they
    /// are read every sixth of these times anyway. 100 ms to 1 min, default 5 s.</summary>
    public TimeSpan MoversInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Shortest time between two readings of the open alerts, which are read after something happened to one. 100 ms to 1 min, default 500 ms.</summary>
    public TimeSpan AlertsInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Shortest time between two readings of the scores that moved most. 100 ms to 10 min, default 5 s.</summary>
    public TimeSpan ScoresInterval { get; set; } = TimeSpan.FromSeconds(5);
}

public sealed class BoardOptionsCheck : IValidateOptions<BoardOptions>
{
    public ValidateOptionsResult Validate(string? name, BoardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        Check(nameof(options.FrameInterval), options.FrameInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        Check(nameof(options.HeartbeatInterval), options.HeartbeatInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
        Check(nameof(options.SlowViewerTimeout), options.SlowViewerTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Check(nameof(options.MoversInterval), options.MoversInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Check(nameof(options.AlertsInterval), options.AlertsInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Check(nameof(options.ScoresInterval), options.ScoresInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(string option, TimeSpan value, TimeSpan from, TimeSpan to)
        {
            if (value < from || value > to) errors.Add($"{BoardOptions.Section}:{option} is {value}; it must be {from} to {to}.");
        }
    }
}
