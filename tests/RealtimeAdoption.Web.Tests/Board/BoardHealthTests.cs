using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Board;

/// <summary>What the board tells of health and alerts, from states of the fleet to documents and deltas.</summary>
public sealed class BoardHealthTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 2);
    private readonly PartitionsInMemory host = new(new SettableClock(Noon));
    private long sequence;

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task A_slip_of_the_real_core_stands_with_its_bands_its_scores_and_what_cost_the_points()
    {
        await new Traffic(host).Profile("acme", ("name", "Acme"), ("nps", 60), ("owner", "dana@vendor.example")).AdoptCrm("acme").AdoptAnalytics("acme").SendAsync();
        var builder = new BoardBuilder(host.Model);
        var before = builder.Build(host.ReadFleet());
        Assert.Equal(new BoardBands(0, 1, 0, 0), before.Bands);

        await new Traffic(host).Profile("acme", ("nps", -100)).SendAsync();
        var after = builder.Build(host.ReadFleet());
        var slip = Assert.Single(after.Slips);
        Assert.Equal(("acme", "Acme", "dana@vendor.example", "yellow", "red", "profile"), (slip.Account, slip.Name, slip.Owner, slip.From, slip.To, slip.CauseKind));
        Assert.StartsWith("NPS cost ", slip.Reason, StringComparison.Ordinal);
        Assert.True(slip.ScoreBefore >= 50 && slip.ScoreAfter < 48, $"{slip.ScoreBefore} to {slip.ScoreAfter}");
        Assert.Equal(new BoardBands(1, 0, 0, 0), after.Bands);

        var delta = BoardDelta.Between(before, after);
        Assert.Equal([slip], delta.SlipsAdded!);
        Assert.Equal(after.Bands, delta.Bands);
        Assert.Null(delta.Stages);
        Assert.Null(delta.Movers);
        Assert.True(BoardDelta.Between(after, builder.Build(host.ReadFleet())).IsEmpty);
    }

    [Fact]
    public async Task A_score_that_fell_since_yesterday_is_among_the_movers_and_a_churned_account_is_not()
    {
        foreach (var account in (string[])["acme", "globex", "still"])
            await new Traffic(host).Profile(account, ("name", account), ("nps", 60)).AdoptCrm(account).AdoptAnalytics(account).SendAsync();
        host.AdvanceTo(Noon.AddDays(1));
        await new Traffic(host).Profile("acme", ("nps", -100)).Profile("globex", ("nps", 100)).SendAsync();
        var movers = await host.ScoreMoversAsync(CancellationToken.None);
        var builder = new BoardBuilder(host.Model);
        builder.SetScoreMovers(movers);
        var day = builder.Build(host.ReadFleet()).Movers.Day;
        Assert.Equal("acme", day.Down[0].Id);
        Assert.True(day.Down[0].Change < -8, $"{day.Down[0]}");
        Assert.Equal("globex", Assert.Single(day.Up).Id);

        await new Traffic(host).Profile("acme", ("status", "churned")).SendAsync();
        movers = await host.ScoreMoversAsync(CancellationToken.None);
        Assert.DoesNotContain(movers.DayDown, move => move.Account.Account == "acme");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_movers_are_the_first_of_all_in_order_however_the_accounts_are_spread(int seed)
    {
        var dice = new Random(seed);
        var accounts = Enumerable.Range(0, 400).Select(i => (Row: Row($"a-{i:000}"), Day: dice.Next(-30, 31), Week: dice.Next(5) == 0 ? (int?)null : dice.Next(-300, 301))).ToList();
        var parts = Enumerable.Range(0, 8).Select(_ => new ScoreMovers()).ToList();
        foreach (var (row, day, week) in accounts) parts[dice.Next(8)].Look(row, 500, day, week);
        var all = new ScoreMovers();
        foreach (var part in parts) all.Add(part);

        var where = $"seed {seed}";
        Assert.True(accounts.Where(a => a.Day > 0).OrderByDescending(a => a.Day).ThenBy(a => a.Row.Account).Take(5).Select(a => a.Row).SequenceEqual(all.DayUp.Select(move => move.Account)), where);
        Assert.True(accounts.Where(a => a.Day < 0).OrderBy(a => a.Day).ThenBy(a => a.Row.Account).Take(5).Select(a => a.Row).SequenceEqual(all.DayDown.Select(move => move.Account)), where);
        Assert.True(accounts.Where(a => a.Week > 0).OrderByDescending(a => a.Week).ThenBy(a => a.Row.Account).Take(5).Select(a => a.Row).SequenceEqual(all.WeekUp.Select(move => move.Account)), where);
        Assert.True(accounts.Where(a => a.Week < 0).OrderBy(a => a.Week).ThenBy(a => a.Row.Account).Take(5).Select(a => a.Row).SequenceEqual(all.WeekDown.Select(move => move.Account)), where);
    }

    [Fact]
    public void The_feed_tells_known_bands_and_loud_alerts_and_nothing_that_another_line_tells()
    {
        var news = new NewsRing();
        news.Found(Told("a", ChangeType.BandChanged, "unknown", "yellow"));
        news.Found(Told("b", ChangeType.BandChanged, "yellow", "red"));
        news.Found(Told("b", ChangeType.HealthSlipped, "yellow", "red"));
        news.Found(Told("b", ChangeType.ScoreChanged));
        news.Found(Alerted("b", AlertType.HealthSlip, AlertSeverity.Urgent));
        news.Found(Alerted("c", AlertType.ContactDue, AlertSeverity.Notice));
        news.Found(Alerted("d", AlertType.RenewalNear, AlertSeverity.Urgent));
        news.Found(Alerted("d", AlertType.RenewalNear, AlertSeverity.Urgent) with { Churned = true });
        var document = Build(news);
        Assert.Equal([("d", "alert_opened"), ("b", "band_changed")], document.Feed.Select(line => (line.Account, line.Type)));
        Assert.Equal(("renewal_near", "urgent", "Renews soon"), (document.Feed[0].Alert, document.Feed[0].Severity, document.Feed[0].Cause));
        Assert.Equal("b", Assert.Single(document.Slips).Account);
    }

    [Fact]
    public void A_day_on_which_every_score_is_recorded_hides_no_change_of_a_stage()
    {
        var news = new NewsRing();
        news.Found(Told("a", ChangeType.StageChanged, "not_adopted", "single_product"));
        for (var i = 0; i < 500; i++) news.Found(Told($"a-{i}", ChangeType.ScoreChanged));
        Assert.Equal("a", Assert.Single(Build(news).Feed).Account);
    }

    [Fact]
    public void Of_many_alerts_of_one_kind_five_stand_in_the_feed_and_they_stay_the_same()
    {
        var news = new NewsRing();
        var builder = new BoardBuilder(host.Model);
        for (var i = 0; i < 4; i++) news.Found(Alerted($"a-{i}", AlertType.AccountSilent, AlertSeverity.Warning));
        var first = Build(news, builder);
        for (var i = 4; i < 60; i++) news.Found(Alerted($"a-{i}", AlertType.AccountSilent, AlertSeverity.Warning));
        news.Found(Told("b", ChangeType.StageChanged, "not_adopted", "single_product"));
        var second = Build(news, builder);
        Assert.Equal(["b", "a-4", "a-3", "a-2", "a-1", "a-0"], second.Feed.Select(line => line.Account));
        Assert.Equal(second.Feed.Take(2), BoardDelta.Between(first, second).FeedAdded!);
    }

    [Fact]
    public void More_slips_at_once_than_the_board_shows_leave_the_newest()
    {
        var news = new NewsRing();
        for (var i = 0; i < 70; i++) news.Found(Told($"a-{i}", ChangeType.HealthSlipped, "green", "yellow"));
        var document = Build(news);
        Assert.Equal(Enumerable.Range(0, BoardDocument.SlipsLength).Select(i => $"a-{69 - i}"), document.Slips.Select(slip => slip.Account));
    }

    [Fact]
    public void A_slip_whose_measures_lost_nothing_lately_has_the_reason_of_its_alert()
    {
        var news = new NewsRing();
        news.Found(Told("a", ChangeType.HealthSlipped, "yellow", "yellow"));
        var slipped = Told("b", ChangeType.HealthSlipped, "yellow", "yellow");
        news.Found(slipped);
        var alert = Alerted("b", AlertType.HealthSlip, AlertSeverity.Warning);
        news.Found(alert with { Change = alert.Change with { Position = slipped.Change.Position } });
        Assert.Equal(["Renews soon", SlipSentence.Nothing], Build(news).Slips.Select(slip => slip.Reason));

        var fall = slipped.Change;
        var move = new ScoreMove(70, 57.3, [new("trend", 20, 11.2), new("critical_tickets", 5, 1.1), new("sentiment", 4, 6), new("seats", 3, 2.98)]);
        Assert.Equal("Falling activity cost 8.8 points, critical tickets 3.9", SlipSentence.Of(fall with { Score = move }, host.Model.Definition.Health));
    }

    [Fact]
    public void A_slip_whose_recorded_score_rose_shows_no_scores_that_contradict_it()
    {
        var news = new NewsRing();
        var slipped = Told("a", ChangeType.HealthSlipped, "yellow", "yellow");
        news.Found(slipped with { Change = slipped.Change with { Score = new ScoreMove(0, 62.9, [new("trend", 0, 62.9)]) } });
        var slip = Assert.Single(Build(news).Slips);
        Assert.Equal((null, null, SlipSentence.Nothing), (slip.ScoreBefore, slip.ScoreAfter, slip.Reason));
    }

    [Fact]
    public void A_storm_is_one_line_and_what_is_open_comes_before_what_somebody_has_in_hand()
    {
        var lapsed = Enumerable.Range(0, 30).Select(i => Alert(AlertType.ProductLapsed, AlertSeverity.Warning, i < 4 ? AlertState.Acknowledged : AlertState.Open, minutes: -i)).ToList();
        var rows = new List<FleetAlert>
        {
            new(Row("urgent"), Alert(AlertType.RenewalNear, AlertSeverity.Urgent, AlertState.Open, -500)),
            new(Row("taken"), Alert(AlertType.RenewalNear, AlertSeverity.Urgent, AlertState.Acknowledged, -10) with { AcknowledgedBy = "kim" }),
            new(Row("older"), Alert(AlertType.ChampionQuiet, AlertSeverity.Warning, AlertState.Open, -900)),
        };
        var lines = AlertLines.Of(new AlertPage(rows, null, AlertStorms.Of(lapsed.Select(Glance)).Over(20)));
        Assert.Equal(["urgent", "taken", null, "older"], lines.Select(line => line.Account));
        Assert.Equal(("acknowledged", "kim"), (lines[1].State, lines[1].AcknowledgedBy));
        var storm = lines[2];
        Assert.Equal(("storm:product_lapsed:2026-11-02:tick", 30, 4, "open", "warning"), (storm.Id, storm.Count, storm.Acknowledged, storm.State, storm.Severity));
        Assert.Equal(("30 at once on 2026-11-02, as the day began", 30), (storm.Reason, storm.OfSeverity));

        lapsed[3] = lapsed[3] with { Severity = AlertSeverity.Urgent };
        var mixed = AlertLines.Of(new AlertPage([], null, AlertStorms.Of(lapsed.Select(Glance)).Over(20)))[0];
        Assert.Equal(("urgent", 1, "30 at once on 2026-11-02, as the day began: 1 urgent, 29 warning"), (mixed.Severity, mixed.OfSeverity, mixed.Reason));
    }

    [Fact]
    public void Alerts_are_asked_for_when_something_happened_to_one_and_not_otherwise()
    {
        var news = new NewsRing();
        var builder = new BoardBuilder(host.Model);
        Build(news, builder);
        builder.BeginAlerts();
        builder.SetAlerts(new AlertPage([], null, []));
        news.Found(Told("a", ChangeType.StageChanged, "not_adopted", "single_product"));
        Build(news, builder);
        Assert.False(builder.WantsAlerts);
        news.Found(Alerted("a", AlertType.ContactDue, AlertSeverity.Notice));
        Build(news, builder);
        Assert.True(builder.WantsAlerts);
        builder.BeginAlerts();
        news.Found(Alerted("b", AlertType.ContactDue, AlertSeverity.Notice));
        Build(news, builder);
        builder.SetAlerts(new AlertPage([], null, []));
        Assert.True(builder.WantsAlerts, "What happened while they were read is not in what was read.");
    }

    [Fact]
    public void An_activation_shows_how_many_partitions_live_by_the_new_model()
    {
        var builder = new BoardBuilder(host.Model);
        var fleet = host.ReadFleet();
        var before = builder.Build(fleet);
        Assert.Null(before.Fleet.Activation);
        var status = new ActivationStatus("2026-12", "2026-11", "kim", Noon, new ModelProgress(3, 8, 100, 1000));
        var under = builder.Build(fleet with { Version = fleet.Version + 1, Activation = status });
        Assert.Equal(new BoardActivation("2026-12", 3, 8, null), under.Fleet.Activation);
        Assert.Equal(under.Fleet, BoardDelta.Between(before, under).Fleet);
        Assert.Null(builder.Build(fleet with { Version = fleet.Version + 2 }).Fleet.Activation);
    }

    [Fact]
    public void A_new_model_leaves_slips_alerts_and_movers_standing_until_they_are_read_again()
    {
        var news = new NewsRing();
        news.Found(Told("a", ChangeType.HealthSlipped, "green", "yellow"));
        news.Found(Told("a", ChangeType.BandChanged, "green", "yellow"));
        var builder = new BoardBuilder(host.Model);
        builder.SetAlerts(new AlertPage([new(Row("a"), Alert(AlertType.ContactDue, AlertSeverity.Notice, AlertState.Open, 0))], null, []));
        var movers = new ScoreMovers();
        movers.Look(Row("a"), 600, -31, null);
        builder.SetScoreMovers(movers);
        var before = Build(news, builder);

        var next = new BoardBuilder(new CompiledModel(host.Model.Definition with { Version = "2026-12" }));
        next.TakeOver(builder);
        // What was told by the builder before is still among the latest news.
        var after = Build(news, next);
        Assert.Equal("2026-12", BoardDelta.Between(before, after).Model?.Version);
        Assert.Equal(before.Slips, after.Slips);
        Assert.Equal("band_changed", Assert.Single(before.Feed).Type);
        Assert.Equal(before.Feed, after.Feed);
        Assert.Equal(before.Alerts, after.Alerts);
        Assert.Equal(-3.1m, Assert.Single(after.Movers.Day.Down).Change);
    }

    private BoardDocument Build(NewsRing news, BoardBuilder? builder = null)
    {
        var fleet = host.ReadFleet();
        return (builder ?? new BoardBuilder(host.Model)).Build(fleet with { Version = fleet.Version + ++sequence, News = news.Read() });
    }

    private FleetChange Told(string account, ChangeType type, string? from = null, string? to = null) => new(0, ++sequence, account, AccountSummary.UnknownSegment, new Change
    {
        Account = account, Position = sequence, Ordinal = 0, Type = type, Day = Today, At = Noon, From = from, To = to, Cause = new Cause { Kind = CauseKind.Tick, Position = sequence, Day = Today },
    });

    private FleetChange Alerted(string account, AlertType type, AlertSeverity severity)
    {
        var told = Told(account, ChangeType.AlertOpened);
        return told with { Change = told.Change with { Alert = new AlertNote { Type = type, Subject = "", Severity = severity, Reason = "Renews soon" } } };
    }

    private static AlertView Alert(AlertType type, AlertSeverity severity, AlertState state, int minutes) => new()
    {
        Type = type, Subject = "", State = state, Severity = severity, OpenedOn = Today, OpenedAt = Noon.AddMinutes(minutes), OpenedBy = CauseKind.Tick, Action = "do",
    };

    private static AlertGlance Glance(AlertView alert) =>
        new(alert.Type, alert.Subject, alert.State, alert.Severity, alert.OpenedOn, alert.OpenedAt.ToUnixTimeMilliseconds(), alert.OpenedBy, null);

    private AccountSummary Row(string account) => new()
    {
        Model = host.Model, Account = account, Name = account, Segment = -1, Churned = false, Stage = 0, StageSince = Today, Adopted = 0, Entitled = 0,
        Rebuilding = false, Band = Band.Yellow, Position = ++sequence,
    };
}
