using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

public sealed class PersonRecordTests
{
    [Fact]
    public void An_action_is_read_from_its_record_as_it_was_written()
    {
        AlertAction[] actions =
        [
            new() { Verb = AlertVerb.Acknowledge, Key = new AlertKey(AlertType.HealthSlip, ""), By = "dana" },
            new() { Verb = AlertVerb.Snooze, Key = new AlertKey(AlertType.ChampionQuiet, "user:7"), By = "dana", Until = new DateOnly(2026, 12, 1), UntilWorse = true },
            new() { Verb = AlertVerb.Assign, Key = new AlertKey(AlertType.ProductLapsed, "crm"), By = "dana", Assignee = "lee" },
            new() { Verb = AlertVerb.Resolve, Key = new AlertKey(AlertType.SeatsLow, ""), By = "dana" },
        ];
        foreach (var action in actions) Assert.Equal(action, AlertAction.Read(RecordOf(buffer => action.Write(buffer, new RecordDraft { Kind = default, Account = "acme"u8 }))));
    }

    [Fact]
    public void A_pin_is_read_from_its_record_as_it_was_written()
    {
        PinRequest[] pins =
        [
            new() { Kind = OverrideKind.Band, Value = "green", By = "dana", Reason = "season", Until = new DateOnly(2026, 12, 1) },
            new() { Kind = OverrideKind.Stage, Value = null, By = "dana" },
        ];
        foreach (var pin in pins) Assert.Equal(pin, PinRequest.Read(RecordOf(buffer => pin.Write(buffer, new RecordDraft { Kind = default, Account = "acme"u8 }))));
    }

    [Fact]
    public void A_record_that_says_nothing_sensible_is_read_as_nothing()
    {
        Assert.Null(AlertAction.Read(RecordOf(RecordKind.AlertAction, "shout", ("type", "health_slip"), ("by", "dana"))));
        Assert.Null(AlertAction.Read(RecordOf(RecordKind.AlertAction, "acknowledge", ("type", "health"), ("by", "dana"))));
        Assert.Null(AlertAction.Read(RecordOf(RecordKind.AlertAction, "acknowledge", ("type", "health_slip"))));
        Assert.Null(AlertAction.Read(RecordOf(RecordKind.AlertAction, "snooze", ("type", "health_slip"), ("by", "dana"), ("until", "2026-02-30"))));
        Assert.Null(PinRequest.Read(RecordOf(RecordKind.Override, "owner", ("value", "green"), ("by", "dana"), ("until", "2026-12-01"))));
        Assert.Null(PinRequest.Read(RecordOf(RecordKind.Override, "band", ("value", "green"), ("by", "dana"))));
        Assert.Null(PinRequest.Read(RecordOf(RecordKind.Override, "band", ("by", "dana"), ("until", "2026-12-01"))));
    }

    [Theory]
    [InlineData(AlertType.HealthSlip, "", "acme", "health_slip::acme")]
    [InlineData(AlertType.ChampionQuiet, "eu:7%", "acme:eu", "champion_quiet:eu%3A7%25:acme:eu")]
    public void An_id_keeps_type_subject_and_account_apart(AlertType type, string subject, string account, string id)
    {
        Assert.Equal(id, new AlertKey(type, subject).Id(account));
        Assert.True(AlertKey.TryParse(id, out var key, out var of));
        Assert.Equal((type, subject, account), (key.Type, key.Subject, of));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("health_slip")]
    [InlineData("health_slip:acme")]
    [InlineData("health_slip::")]
    [InlineData("nothing::acme")]
    public void Other_texts_are_no_ids(string? id) => Assert.False(AlertKey.TryParse(id, out _, out _));

    [Fact]
    public void Every_type_has_a_name_of_its_own()
    {
        foreach (var type in Enum.GetValues<AlertType>())
        {
            Assert.Equal(type.ToString(), AlertKey.NameOf(type).Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
            Assert.True(AlertKey.TryType(AlertKey.NameOf(type), out var read));
            Assert.Equal(type, read);
        }
    }

    private static Record RecordOf(Action<RecordBuffer> write)
    {
        using var buffer = new RecordBuffer();
        write(buffer);
        buffer.End();
        return new Record(buffer.Written.ToArray());
    }

    private static Record RecordOf(RecordKind kind, string name, params (string Name, string Value)[] properties) => RecordOf(buffer =>
    {
        buffer.Begin(new RecordDraft { Kind = kind, Account = "acme"u8, Name = System.Text.Encoding.UTF8.GetBytes(name) });
        foreach (var (property, value) in properties)
            buffer.Add(PropertyKind.Text, System.Text.Encoding.UTF8.GetBytes(property), System.Text.Encoding.UTF8.GetBytes(value));
    });
}
