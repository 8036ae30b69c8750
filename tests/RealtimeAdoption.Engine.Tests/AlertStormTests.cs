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
        var alerts = Enumerable.Range(0, 10).SelectMany(_ => (AlertGlance[])
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

    private static AlertGlance Alert(AlertType type, CauseKind by, AlertSeverity severity = AlertSeverity.Warning, DateOnly? opened = null) =>
        new(type, "", AlertState.Open, severity, opened ?? Day, new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), by, null);
}
