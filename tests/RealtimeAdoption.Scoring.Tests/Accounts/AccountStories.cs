using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Tests.Accounts;

public sealed class AccountStories
{
    [Fact]
    public void A_product_is_adopted_at_the_event_that_meets_its_last_criterion()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.Events("Made", 3);
        Assert.Empty(acme.Changes);

        acme.Events("Sent", 1, properties: TinyModel.Number("quantity", "1.5"));

        Assert.Equal([ChangeType.ProductAdopted, ChangeType.StageChanged], acme.Changes.Select(change => change.Type));
        Assert.Equal(("none", "one"), (acme.Changes[1].From, acme.Changes[1].To));
        Assert.Equal(CauseKind.Event, acme.Changes[0].Cause.Kind);
        Assert.Equal("Sent", acme.Changes[0].Cause.Event);
        Assert.Equal(AccountFixture.Date(0), acme.View.Products[0].AdoptedOn);
    }

    [Fact]
    public void A_product_lapses_by_silence_at_the_tick_after_the_first_day_that_fails()
    {
        using var acme = new AccountFixture(TinyModel.Of(withinDays: 5));
        Adopt(acme);
        acme.To(5);
        Assert.True(acme.View.Products[0].Adopted);
        Assert.Equal(2, acme.Changes.Count);

        acme.To(6);

        var view = acme.View.Products[0];
        Assert.False(view.Adopted);
        Assert.Equal(AccountFixture.Date(5), view.LapsedOn);
        var lapse = acme.Changes[2];
        Assert.Equal(ChangeType.ProductLapsed, lapse.Type);
        Assert.Equal(CauseKind.Tick, lapse.Cause.Kind);
        Assert.Equal(["made 0 of 3 within 5 days", "sent 0 of 1.5 within 5 days"], lapse.Cause.Expired);
        Assert.Equal(ChangeType.StageChanged, acme.Changes[3].Type);
    }

    [Fact]
    public void Days_of_grace_put_the_lapse_off()
    {
        using var acme = new AccountFixture(TinyModel.Of(graceDays: 3, withinDays: 5));
        Adopt(acme);
        acme.To(8);
        Assert.True(acme.View.Products[0].Adopted);
        acme.To(9);
        Assert.Equal(AccountFixture.Date(8), acme.View.Products[0].LapsedOn);
    }

    [Fact]
    public void A_late_event_that_moves_only_a_date_is_a_correction()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.To(5);
        Adopt(acme);
        acme.Changes.Clear();

        acme.Events("Made", 3, day: 2);
        acme.Events("Sent", 1, day: 2, properties: TinyModel.Number("quantity", "2"));

        Assert.Equal([("first_adopted_on", "2024-10-09", "2024-10-06"), ("adopted_on", "2024-10-09", "2024-10-06")], acme.Changes.Select(c => (c.Field!, c.From!, c.To!)));
        Assert.All(acme.Changes, change => Assert.Equal(ChangeType.Correction, change.Type));
        Assert.Equal(AccountFixture.Date(2), acme.View.StageSince);
    }

    [Fact]
    public void A_gauge_holds_through_the_day_on_which_it_falls_and_lapses_after_the_next()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.Events("Level", 1, properties: TinyModel.Number("value", "10"));
        acme.To(1);
        acme.Events("Level", 1, properties: TinyModel.Number("value", "9"));
        Assert.False(acme.View.Products[1].Criteria[0].Met);
        Assert.True(acme.View.Products[1].Adopted);
        acme.To(2);
        Assert.True(acme.View.Products[1].Adopted);
        acme.To(3);
        Assert.Equal(AccountFixture.Date(2), acme.View.Products[1].LapsedOn);
    }

    [Fact]
    public void A_first_contract_ends_nothing_and_a_later_one_says_what_it_no_longer_covers()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        Adopt(acme);
        acme.Changes.Clear();
        acme.Contract("""[{"product":"meter","start":"2020-01-01"}]""");
        var first = acme.Changes.First(change => change.Type == ChangeType.StageChanged).Cause;
        Assert.Equal(["meter"], first.Covered);
        Assert.Null(first.Uncovered);
        acme.Contract("""[{"product":"maker","start":"2020-01-01"}]""");
        var second = acme.Changes.Last(change => change.Type == ChangeType.StageChanged).Cause;
        Assert.Equal(["maker"], second.Covered);
        Assert.Equal(["meter"], second.Uncovered);
        acme.Contract("null");
        acme.Contract("[]");
        Assert.Null(acme.Changes.Last(change => change.Type == ChangeType.StageChanged).Cause.Uncovered);
    }

    [Fact]
    public void The_end_of_a_contract_line_moves_the_stage_on_its_day_without_traffic()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.Contract($$"""[{"product":"maker","start":"2020-01-01","end":"{{AccountFixture.Date(4):yyyy-MM-dd}}"}]""");
        Adopt(acme);
        acme.Changes.Clear();

        acme.To(4);

        var change = Assert.Single(acme.Changes);
        Assert.Equal((ChangeType.StageChanged, "one", "none"), (change.Type, change.From, change.To));
        Assert.Equal(["maker"], change.Cause.Uncovered);
        Assert.Null(acme.View.AdoptionRate);
        Assert.True(acme.View.Products[0].Adopted);
    }

    [Fact]
    public void A_historic_record_only_marks_the_account()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.Events("Made", 1);
        acme.Events("Made", 5, day: 0, flags: RecordFlags.Historic);
        var view = acme.View;
        Assert.Equal(1, view.Products[0].Criteria[0].Value);
        Assert.True(view.Rebuilding);
        Adopt(acme);
        Assert.Empty(acme.Changes);
    }

    [Fact]
    public void A_state_of_another_layout_is_refused()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        var other = new CompiledModel(TinyModel.Of(withinDays: 31));
        Assert.Throws<InvalidOperationException>(() => AccountActor.View(other, ref acme.State, AccountFixture.FirstDay, explain: false));
    }

    private static void Adopt(AccountFixture account)
    {
        account.Events("Made", 3);
        account.Events("Sent", 1, properties: TinyModel.Number("quantity", "1.5"));
    }
}
