using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Web.Board;

/// <summary>What the board's changes and counts do not tell, read from the whole fleet: the accounts that moved last, the open alerts and the scores that moved most. Belongs to the maker's loop.</summary>
internal sealed class BoardReadings
{
    private readonly IFleet fleet;
    private readonly FleetReading<AccountPage[]> movers;
    private readonly FleetReading<AlertPage> alerts;
    private readonly FleetReading<ScoreMovers> scores;
    private bool areMoversRead;
    private bool areAlertsRead;
    private bool areScoresRead;
    private AdoptionModel? moversOf;
    private long scoresOf = -1;

    public BoardReadings(IFleet fleet, BoardOptions options, ILogger logger)
    {
        this.fleet = fleet;
        movers = new("the accounts that moved last", options.MoversInterval, ReadMoversAsync, logger);
        alerts = new("the alerts", options.AlertsInterval, async stopping => await fleet.AlertsAsync(AlertLines.Query, stopping), logger);
        scores = new("the scores that moved", options.ScoresInterval, async stopping => await fleet.ScoreMoversAsync(stopping), logger);
    }

    /// <summary>Those under way, to be waited for.</summary>
    public IEnumerable<Task> Running => new[] { movers.Running, alerts.Running, scores.Running }.OfType<Task>();

    public bool HasEnded => Running.Any(task => task.IsCompleted);

    /// <summary>What this builder was never given; null: it has everything.</summary>
    public string? Unread => !areMoversRead ? movers.What : !areAlertsRead ? alerts.What : !areScoresRead ? scores.What : null;

    /// <summary>Begins what is wanted and due. Returns how long until something else will be; nothing wanted: for ever.</summary>
    public TimeSpan Begin(BoardBuilder builder, long fleetVersion, CancellationToken stopping)
    {
        if (builder.WantsMovers && movers.Due <= TimeSpan.Zero)
        {
            builder.BeginMovers();
            moversOf = builder.Model.Definition;
            movers.Begin(stopping);
        }

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
        if (builder.WantsMovers && movers.Due < next) next = movers.Due;
        if (builder.WantsAlerts && alerts.Due < next) next = alerts.Due;
        if (scoresOf != fleetVersion && scores.Due < next) next = scores.Due;
        return next;
    }

    /// <summary>What those that have ended found. True: the accounts that moved last are among it.</summary>
    public bool GiveTo(BoardBuilder builder)
    {
        var areMoversGiven = movers.TryTake(out var pages);
        if (areMoversGiven)
        {
            for (var stage = 0; stage < (pages?.Length ?? 0); stage++) builder.SetMovers(stage, [.. pages![stage].Rows.Select(row => row.Account)], pages[stage].Next is null);
            builder.EndMovers(isAnswered: pages is not null);
            areMoversRead |= pages is not null;
        }

        if (alerts.TryTake(out var page))
        {
            if (page is null) builder.DoubtAlerts();
            else builder.SetAlerts(page);
            areAlertsRead |= page is not null;
        }

        if (scores.TryTake(out var found))
        {
            if (found is null) scoresOf = -1;
            else builder.SetScoreMovers(found);
            areScoresRead |= found is not null;
        }

        return areMoversGiven && pages is not null;
    }

    /// <summary>Everything that comes in the time, for the first picture.</summary>
    public async Task ReadAllAsync(BoardBuilder builder, long fleetVersion, TimeSpan patience, CancellationToken stopping)
    {
        Begin(builder, fleetVersion, stopping);
        await Task.WhenAll(Running).WaitAsync(patience, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.ThrowIfCancellationRequested();
        GiveTo(builder);
    }

    /// <summary>There is another builder: what is being read is not for it, and it wants everything at once.</summary>
    public void Forget()
    {
        movers.Forget();
        alerts.Forget();
        scores.Forget();
        scoresOf = -1;
        (areMoversRead, areAlertsRead, areScoresRead) = (false, false, false);
    }

    // All stages at once: where a partition must be waited for, it is waited for once.
    private async Task<AccountPage[]> ReadMoversAsync(CancellationToken stopping) => await Task.WhenAll(moversOf!.Stages.Select(stage =>
        fleet.AccountsAsync(new AccountQuery { Stage = stage.Id, Sort = AccountSort.StageSince, Limit = BoardBuilder.MoversWanted }, stopping).AsTask()));
}
