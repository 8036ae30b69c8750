using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>What people read of a change must be true of every change that can come to it.</summary>
public sealed class ChangeSentenceTests
{
    private static readonly ScoreMove First = new(null, 56.208, [new MeasureMove("trend", 0, 56.208)]);

    [Fact]
    public void A_fall_that_history_alone_makes_true_is_no_way_down_from_unknown()
    {
        var slip = A(ChangeType.HealthSlipped, CauseKind.Rebuild) with { From = "unknown", To = "yellow", Score = First };
        Assert.Equal("Health fell fast, to 56.2", ChangeSentence.Of(slip));
    }

    [Fact]
    public void A_slip_between_bands_names_both_and_what_cost_the_points()
    {
        var slip = A(ChangeType.HealthSlipped, CauseKind.Tick) with { From = "green", To = "yellow", Score = new ScoreMove(75, 72, [new MeasureMove("trend", 10, 7)]) };
        Assert.Equal("Health slipped from green to yellow, 75 to 72: trend -3.0", ChangeSentence.Of(slip));
    }

    [Fact]
    public void Good_news_that_has_passed_and_an_old_NPS_are_not_told_as_a_recovery()
    {
        var note = new AlertNote
        {
            Type = AlertType.StageUp, Subject = "", Severity = AlertSeverity.Info, Reason = "Stage rose from Not adopted to Single-Product User, with 1 product adopted", Resolution = AlertResolution.Ended,
        };
        var resolved = A(ChangeType.AlertResolved, CauseKind.Model) with { Alert = note };
        Assert.Equal("No longer so: Stage rose from Not adopted to Single-Product User, with 1 product adopted", ChangeSentence.Of(resolved));
    }

    [Fact]
    public void A_band_that_a_person_moved_is_told_as_a_pin()
    {
        var band = A(ChangeType.BandChanged, CauseKind.Person) with { From = "yellow", To = "red" };
        Assert.Equal("Health went from yellow to red: A person set a pin or took one away", ChangeSentence.Of(band));
    }

    private static Change A(ChangeType type, CauseKind kind) => new()
    {
        Account = "acme", Position = 7, Ordinal = 0, Type = type, Day = new DateOnly(2026, 11, 22), At = DateTimeOffset.UnixEpoch, Cause = new Cause { Kind = kind, Position = 7 },
    };
}
