using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Tests;

public sealed class AlertStormTests
{
    private static readonly DateOnly Day = new(2026, 11, 20);

    [Fact]
    public void More_than_the_bound_of_one_type_day_and_kind_of_cause_are_a_storm()
    {
        var slips = Enumerable.Repeat(Alert(AlertType.HealthSlip, CauseKind.Model), 21).ToList();
        var storm = Assert.Single(AlertStorms.Of(slips).Over(20));
        Assert.Equal((new StormKey(AlertType.HealthSlip, Day, CauseKind.Model), 21), (storm.Key, storm.Count));
        Assert.Empty(AlertStorms.Of(slips.Take(20)).Over(20));
    }

    [Fact]
    public void Another_type_day_or_kind_of_cause_is_another_group()
    {
        var alerts = Enumerable.Range(0, 10).SelectMany(_ => (AlertView[])
        [
            Alert(AlertType.HealthSlip, CauseKind.Tick), Alert(AlertType.HealthSlip, CauseKind.Event), Alert(AlertType.AccountSilent, CauseKind.Tick),
            Alert(AlertType.HealthSlip, CauseKind.Tick, opened: Day.AddDays(-1)),
        ]);
        Assert.Empty(AlertStorms.Of(alerts).Over(20));
        Assert.Equal(4, AlertStorms.Of(alerts).Over(9).Count);
    }

    [Fact]
    public void The_counts_of_parts_add_up_and_the_most_severe_comes_first()
    {
        var (here, there) = (new AlertStorms(), new AlertStorms());
        for (var i = 0; i < 15; i++)
        {
            here.Count(Alert(AlertType.AccountSilent, CauseKind.Tick, AlertSeverity.Warning));
            there.Count(Alert(AlertType.AccountSilent, CauseKind.Tick, i == 0 ? AlertSeverity.Urgent : AlertSeverity.Warning));
            there.Count(Alert(AlertType.SeatsFull, CauseKind.Tick, AlertSeverity.Info));
            here.Count(Alert(AlertType.SeatsFull, CauseKind.Tick, AlertSeverity.Info));
        }

        here.Add(there);
        var storms = here.Over(20);
        Assert.Equal([(AlertType.AccountSilent, AlertSeverity.Urgent, 30), (AlertType.SeatsFull, AlertSeverity.Info, 30)], storms.Select(storm => (storm.Key.Type, storm.Severity, storm.Count)));
        Assert.Equal([0, 0, 29, 1], storms[0].BySeverity);
        Assert.Equal(30, storms[0].ByState[(int)AlertState.Open]);
    }

    [Theory]
    [InlineData(AlertType.HealthSlip, "", "acme", "health_slip::acme")]
    [InlineData(AlertType.ProductLapsed, "crm", "a:b", "product_lapsed:crm:a:b")]
    [InlineData(AlertType.ChampionQuiet, "u:1%", "acme", "champion_quiet:u%3A1%25:acme")]
    [InlineData(AlertType.ChampionQuiet, "%3A", ":", "champion_quiet:%253A::")]
    public void An_alert_s_id_holds_type_subject_and_account_whatever_they_hold(AlertType type, string subject, string account, string id)
    {
        Assert.Equal(id, AlertId.Of(type, subject, account));
        Assert.True(AlertId.TryRead(id, out var readType, out var readSubject, out var readAccount));
        Assert.Equal((type, subject, account), (readType, readSubject, readAccount));
    }

    [Theory]
    [InlineData("")]
    [InlineData("health_slip")]
    [InlineData("health_slip:acme")]
    [InlineData("health_slip::")]
    [InlineData("HealthSlip::acme")]
    [InlineData("0::acme")]
    [InlineData("champion_quiet:a%b:acme")]
    public void What_is_no_alert_s_id_is_not_read(string id) => Assert.False(AlertId.TryRead(id, out _, out _, out _));

    private static AlertView Alert(AlertType type, CauseKind by, AlertSeverity severity = AlertSeverity.Warning, DateOnly? opened = null) => new()
    {
        Type = type,
        Subject = "",
        State = AlertState.Open,
        Severity = severity,
        OpenedOn = opened ?? Day,
        OpenedAt = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero),
        OpenedBy = by,
        Reason = "",
        Figures = new Dictionary<string, object>(),
        Action = "",
    };
}
