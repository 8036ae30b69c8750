namespace RealtimeAdoption.Silo.Membership;

/// <summary>
/// A silo that is told to stop before it is ready breaks off whatever it is in the midst of. That is no failure, and what Orleans has to say of it is no news; nor is it that the grains of a silo that is alone have nowhere to go when it stops. Thread-safe.
/// </summary>
/// <param name="isAlone">There are no other silos.</param>
internal sealed class BrokenStart(bool isAlone)
{
    private const string Own = "RealtimeAdoption";

    // As the server's own settings have them: of two rules with the same name the later one stands.
    private static readonly string[] Categories = ["Orleans", "Orleans.Runtime.Silo", "Orleans.Runtime.Watchdog"];

    private volatile IHostApplicationLifetime? lifetime;
    private volatile bool isReady;

    /// <summary>It was told to stop, and was not ready.</summary>
    public bool IsBroken => !isReady && IsStopping;

    private bool IsStopping => lifetime is { ApplicationStopping.IsCancellationRequested: true };

    /// <summary>Before the silo is built.</summary>
    public void Quiet(ILoggingBuilder logging, IConfiguration configuration)
    {
        foreach (var category in Categories)
        {
            var least = Least(category) ?? LogLevel.Warning;
            logging.AddFilter(category, level => level >= least && !IsBroken && !(isAlone && IsStopping));
        }

        // Nor that something is tried again, for it is not.
        var leastOwn = Least(Own) ?? Least("Default") ?? LogLevel.Information;
        logging.AddFilter(Own, level => level >= leastOwn && (level > LogLevel.Warning || !IsBroken));

        LogLevel? Least(string category) => Enum.TryParse<LogLevel>(configuration[$"Logging:LogLevel:{category}"], ignoreCase: true, out var set) ? set : null;
    }

    public void Begin(IHostApplicationLifetime of) => lifetime = of;

    public void Ready() => isReady = true;
}
