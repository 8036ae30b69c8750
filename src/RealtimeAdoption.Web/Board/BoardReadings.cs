using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;

namespace RealtimeAdoption.Web.Board;

/// <summary>What the board's changes and counts do not tell, read from the whole fleet: the open alerts and the scores that moved most. Belongs to the publisher's loop.</summary>
internal sealed class BoardReadings(IScoringHost host, BoardOptions options, ILogger logger)
{
    private readonly FleetReading<AlertPage> alerts = new("the alerts", options.AlertsInterval, async stopping => await host.AlertsAsync(AlertLines.Query, stopping), logger);
    private readonly FleetReading<ScoreMovers> scores = new("the scores that moved", options.ScoresInterval, async stopping => await host.ScoreMoversAsync(stopping), logger);
    private long scoresOf = -1;

    /// <summary>Those under way, to be waited for.</summary>
    public IEnumerable<Task> Running => new[] { alerts.Running, scores.Running }.OfType<Task>();

    public bool HasEnded => Running.Any(task => task.IsCompleted);

    /// <summary>Begins what is wanted and due. Returns how long until something else will be; nothing wanted: for ever.</summary>
    public TimeSpan Begin(BoardBuilder builder, long fleetVersion, CancellationToken stopping)
    {
        if (builder.WantsAlerts && alerts.Due <= TimeSpan.Zero)
        {
            builder.BeginAlerts();
            alerts.Begin(stopping);
        }

        if (scoresOf != fleetVersion && scores.Due <= TimeSpan.Zero)
        {
            scoresOf = fleetVersion;
            scores.Begin(stopping);
        }

        var next = TimeSpan.MaxValue;
        if (builder.WantsAlerts && alerts.Due < next) next = alerts.Due;
        if (scoresOf != fleetVersion && scores.Due < next) next = scores.Due;
        return next;
    }

    /// <summary>What those that have ended found.</summary>
    public void GiveTo(BoardBuilder builder)
    {
        if (alerts.TryTake(out var page))
        {
            if (page is null) builder.DoubtAlerts();
            else builder.SetAlerts(page);
        }

        if (scores.TryTake(out var found))
        {
            if (found is null) scoresOf = -1;
            else builder.SetScoreMovers(found);
        }
    }

    /// <summary>All of it before the first picture: an empty list of alerts would say that there are none.</summary>
    public async Task ReadAllAsync(BoardBuilder builder, long fleetVersion, CancellationToken stopping)
    {
        Begin(builder, fleetVersion, stopping);
        foreach (var task in Running) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.ThrowIfCancellationRequested();
        GiveTo(builder);
    }
}
