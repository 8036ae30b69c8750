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

    [Fact]
    public void A_score_names_the_event_that_moved_it_by_its_id()
    {
        var told = A(ChangeType.ScoreChanged, CauseKind.Event) with { Score = new ScoreMove(78.2, 68.4, [new MeasureMove("depth", 20, 20), new MeasureMove("sentiment", 10, 0.2)]) };
        told = told with { Cause = told.Cause with { Event = "NPS Submitted", User = "ada", MessageId = "ev-123" } };
        Assert.Equal("Health fell 9.8 points to 68.4: sentiment -9.8 — NPS Submitted by ada (ev-123)", ChangeSentence.Of(told));
        Assert.Equal("Health fell 9.8 points to 68.4: sentiment -9.8 — NPS Submitted by ada", ChangeSentence.Of(told with { Cause = told.Cause with { MessageId = null } }));
    }

    [Fact]
    public void A_score_names_what_a_tick_ended()
    {
        var told = A(ChangeType.ScoreChanged, CauseKind.Tick) with { Score = new ScoreMove(72.5, 60, [new MeasureMove("breadth", 12.5, 0)]) };
        Assert.Equal("Health fell 12.5 points to 60: breadth -12.5 — 2026-11-22 began", ChangeSentence.Of(told));
        told = told with { Cause = told.Cause with { Expired = ["made 2 of 3 within 30 days"] } };
        Assert.Equal("Health fell 12.5 points to 60: breadth -12.5 — Expired with 2026-11-21: made 2 of 3 within 30 days", ChangeSentence.Of(told));
    }

    [Fact]
    public void Drift_is_told_as_what_it_is()
    {
        var told = A(ChangeType.ScoreChanged, CauseKind.Drift) with { Score = new ScoreMove(68.4, 67, [new MeasureMove("trend", 10, 9.1), new MeasureMove("recency", 10, 9.5)]) };
        Assert.Equal("Health fell 1.4 points to 67: trend -0.9, recency -0.5 — small moves since the change before", ChangeSentence.Of(told));
        told = told with { Score = new ScoreMove(68.4, 68.4, [new MeasureMove("trend", 10, 9.7), new MeasureMove("recency", 10, 10.3)]) };
        Assert.Equal("Health stays at 68.4: trend -0.3, recency +0.3 — small moves since the change before", ChangeSentence.Of(told));
    }

    private static Change A(ChangeType type, CauseKind kind) => new()
    {
        Account = "acme", Position = 7, Ordinal = 0, Type = type, Day = new DateOnly(2026, 11, 22), At = DateTimeOffset.UnixEpoch, Cause = new Cause { Kind = kind, Position = 7 },
    };
}
