using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

public sealed class AlertBookTests
{
    [Fact]
    public void A_book_is_read_back_as_it_was_written()
    {
        var book = AlertBook.Read([]);
        book.Put(new AlertEntry
        {
            Key = new AlertKey(AlertType.ChampionQuiet, "dana"),
            State = AlertState.Snoozed,
            Severity = AlertSeverity.Urgent,
            OpenedOn = 20_000,
            OpenedAtMs = 1_728_000_000_123,
            OpenedBy = CauseKind.Rebuild,
            Anchor = new AlertAnchor(19_990, "one", Band.Green),
            Figures = new AlertFigures().Put(Figure.Products, 4).Put(Figure.Points, -7.1m).Put(Figure.Measure, "trend"),
            Assignee = "lee",
            AcknowledgedBy = "kim",
            SnoozedUntil = 20_010,
            UntilWorse = true,
        });
        book.Put(new AlertEntry
        {
            Key = new AlertKey(AlertType.HealthSlip, ""),
            State = AlertState.Resolved,
            ResolvedOn = 20_020,
            Resolution = AlertResolution.ByPerson,
            ResolvedBy = "dana",
            IsHeldDown = true,
        });

        var bytes = book.ToBytes();
        var read = AlertBook.Read([.. bytes, 0, 0, 0]);

        Assert.Equal(bytes, read.ToBytes());
        Assert.Equal([AlertType.HealthSlip, AlertType.ChampionQuiet], read.Entries.Select(entry => entry.Key.Type));
        var (slip, champion) = (read.Entries[0], read.Entries[1]);
        Assert.Equal((AlertState.Resolved, 20_020, AlertResolution.ByPerson, "dana", true), (slip.State, slip.ResolvedOn, slip.Resolution, slip.ResolvedBy, slip.IsHeldDown));
        Assert.Equal((AlertState.Snoozed, AlertSeverity.Urgent, 20_010, true), (champion.State, champion.Severity, champion.SnoozedUntil, champion.UntilWorse));
        Assert.Equal((20_000, 1_728_000_000_123, CauseKind.Rebuild), (champion.OpenedOn, champion.OpenedAtMs, champion.OpenedBy));
        Assert.Equal((new AlertAnchor(19_990, "one", Band.Green), "lee", "kim"), (champion.Anchor, champion.Assignee, champion.AcknowledgedBy));
        Assert.Equal(new Dictionary<string, object> { ["products"] = 4, ["points"] = -7.1m, ["measure"] = "trend" }, champion.Figures.ToDictionary());
    }

    [Fact]
    public void One_key_has_one_entry_in_the_order_of_types_and_subjects()
    {
        var book = AlertBook.Read([]);
        foreach (var (type, subject) in new[] { (AlertType.SeatsLow, ""), (AlertType.ChampionQuiet, "b"), (AlertType.ChampionQuiet, "a"), (AlertType.ChampionQuiet, "b") })
            book.Put(new AlertEntry { Key = new AlertKey(type, subject) });
        Assert.Equal(["a", "b", ""], book.Entries.Select(entry => entry.Key.Subject));
        Assert.NotNull(book.Find(new AlertKey(AlertType.ChampionQuiet, "a")));
        Assert.Null(book.Find(new AlertKey(AlertType.SeatsFull, "")));
    }

    [Fact]
    public void An_account_without_alerts_keeps_no_byte_of_a_book()
    {
        using var acme = new AccountFixture(AlertModel.Of()) { KeepsHistory = false };
        acme.Events("Mood", 5);
        var block = new AccountBlock(acme.Model, ref acme.State);
        Assert.Equal(0, block.Capacity(block.Layout.Alerts));
        acme.Traits(TinyModel.Number("nps", "-10"));
        block = new AccountBlock(acme.Model, ref acme.State);
        Assert.InRange(block.Capacity(block.Layout.Alerts), 1, 64);
    }

    [Fact]
    public void An_event_that_is_no_judging_point_allocates_nothing()
    {
        using var acme = new AccountFixture(AlertModel.Of()) { KeepsHistory = false };
        acme.Traits(TinyModel.Number("seats", "50"), TinyModel.Number("nps", "-10"));
        for (var i = 0; i < 50; i++) acme.Events("Made", 1, user: "dana");
        var record = acme.Draft(RecordKind.Usage, "Made", "dana", []);
        for (var i = 0; i < 10; i++) acme.Apply(record, 0, RecordFlags.None, i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) acme.Apply(record, 0, RecordFlags.None, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_judging_point_that_moves_nothing_that_alerts_ask_allocates_nothing()
    {
        using var acme = new AccountFixture(AlertModel.Of()) { KeepsHistory = false };
        acme.Traits(TinyModel.Number("seats", "400"));
        for (var i = 0; i < 64; i++) acme.Events("Made", 1, user: $"user-{i}");
        var records = Enumerable.Range(0, 8).Select(i => acme.Draft(RecordKind.Usage, "Made", $"other-{i}", []).ToArray()).ToArray();
        acme.Apply(records[0], 0, RecordFlags.None, 1);
        acme.Apply(records[1], 0, RecordFlags.None, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        acme.Apply(records[2], 0, RecordFlags.None, 1);
        acme.Apply(records[3], 0, RecordFlags.None, 1);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
