using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

public sealed class SwapStories
{
    [Fact]
    public void A_rebuild_from_the_records_gives_the_closes_that_living_through_them_gave()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var acme = new AccountFixture(HealthModel.OfAll()) { KeepsHistory = true };
            var random = new Random(seed);
            acme.Put(("seats", Scalar.OfNumber("7")));
            for (var day = 0; day < 40; day++)
            {
                acme.To(day);
                for (var i = 0; i < 3; i++) acme.Events(random.Next(2) == 0 ? "Made" : "Visit", 1, user: $"user-{random.Next(9)}");
                if (day % 4 == 0) acme.Turn(random.Next(100));
            }

            var rebuilt = acme.Rebuild(acme.Model);
            var view = AccountActor.View(acme.Model, ref rebuilt, AccountFixture.FirstDay + 39, explain: false).Health!;
            Assert.Equal((acme.View.Health!.Score, acme.View.Health.Change1d, acme.View.Health.Change7d), (view.Score, view.Change1d, view.Change7d));
        }
    }

    [Fact]
    public void After_an_import_the_closes_are_filled_and_what_live_days_gave_stands()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial)) { KeepsHistory = true };
        acme.To(3);
        acme.Turn(40);
        acme.To(4);
        acme.Events("Dial", 1, day: 0, flags: RecordFlags.Historic, properties: TinyModel.Number("value", "90"));
        acme.To(5);
        acme.Swap();

        // Days 0 to 2 are the import's, day 3 was lived through, day 4 had a rebuild pending.
        Assert.Equal(0, acme.View.Health!.Change1d);
        acme.To(7);
        Assert.Equal(-50, acme.View.Health!.Change7d);
        Assert.Contains(acme.Changes, change => change.Type == ChangeType.HealthSlipped && change.Cause.Kind == CauseKind.Rebuild);
    }

    [Fact]
    public void A_swap_takes_band_fall_and_recorded_parts_from_the_live_account_and_tells_the_difference_once()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial)) { KeepsHistory = true };
        acme.Turn(90);
        acme.To(2);
        acme.Events("Dial", 1, day: 2, flags: RecordFlags.Historic, properties: TinyModel.Number("value", "60"));
        acme.Changes.Clear();
        acme.Swap();

        Assert.Equal([ChangeType.ScoreChanged, ChangeType.BandChanged, ChangeType.HealthSlipped], acme.Changes.Select(change => change.Type));
        Assert.All(acme.Changes, change => Assert.Equal(CauseKind.Rebuild, change.Cause.Kind));
        Assert.Equal((90, 60), (acme.Changes[0].Score!.Before, acme.Changes[0].Score!.After));
        Assert.Equal(("green", "yellow"), (acme.Changes[1].From, acme.Changes[1].To));
    }

    [Fact]
    public void A_model_that_counts_otherwise_moves_the_band_once_with_cause_model_and_starts_the_closes_anew()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial)) { KeepsHistory = true };
        acme.Turn(90);
        acme.To(9);
        acme.Changes.Clear();
        var lower = HealthModel.Dial with { Id = "halved", Curve = [new(0, 0), new(100, 50)] };
        acme.Activate(HealthModel.Of(lower, HealthModel.Breadth with { Weight = 1 }));

        Assert.Equal([ChangeType.ScoreChanged, ChangeType.BandChanged, ChangeType.HealthSlipped], acme.Changes.Select(change => change.Type));
        Assert.All(acme.Changes, change => Assert.Equal(CauseKind.Model, change.Cause.Kind));
        Assert.Equal([("halved", 0, 22.5), ("breadth", 0, 0), ("dial", 90, 0)], acme.Changes[0].Score!.Measures.Select(m => (m.Measure, m.Before, m.After)));
        Assert.Equal(0, acme.View.Health!.Change7d);
        acme.Changes.Clear();
        acme.To(30);
        Assert.Empty(acme.Changes);
    }

    [Fact]
    public void A_new_models_move_is_told_at_once_however_small_and_by_the_measures_of_both()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial)) { KeepsHistory = true };
        acme.Turn(60);
        acme.To(1);
        acme.Changes.Clear();
        acme.Activate(HealthModel.Of(HealthModel.Dial with { Id = "gauge", Curve = [new(0, 2), new(100, 100)] }));
        var told = Assert.Single(acme.Changes);
        Assert.Equal((ChangeType.ScoreChanged, CauseKind.Model), (told.Type, told.Cause.Kind));
        Assert.Equal([("gauge", 0, 60.8), ("dial", 60, 0)], told.Score!.Measures.Select(m => (m.Measure, m.Before, Math.Round(m.After, 9))));
        acme.To(2);
        Assert.Single(acme.Changes);
        acme.Turn(61);
        acme.To(3);
        Assert.Equal(["gauge"], acme.Changes[^1].Score!.Measures.Select(m => m.Measure));
    }

    [Fact]
    public void A_rebuild_of_what_was_all_lived_through_changes_nothing()
    {
        var model = HealthModel.OfAll();
        model = model with { Health = model.Health! with { MinCoverage = 0 } };
        for (var seed = 0; seed < 30; seed++)
        {
            using var acme = new AccountFixture(model) { KeepsHistory = true };
            var random = new Random(seed);

            // Late days before the account's first would be closes that no live day gave.
            acme.To(8);
            for (var round = 0; round < 6; round++)
            {
                for (var step = 0; step < 25; step++)
                {
                    if (random.Next(3) == 0) acme.To(acme.Today + 1);
                    RandomTraffic.PlayOne(acme, random);
                }

                var (told, before) = (acme.Changes.Count, acme.View.Health!);
                acme.Swap();
                var after = acme.View.Health!;
                // What the day had brought so far is told, as drift; the swap has nothing of its own.
                Assert.All(acme.Changes.Skip(told), change => Assert.True(change.Cause.Kind == CauseKind.Drift, $"seed {seed}, round {round}: {change}"));
                Assert.Equal(before.Measures, after.Measures);
                Assert.Equal((before.Score, before.Band, before.Coverage, before.Change1d, before.Change7d), (after.Score, after.Band, after.Coverage, after.Change1d, after.Change7d));
                acme.To(acme.Today + random.Next(60));
            }
        }
    }

    [Fact]
    public void A_model_without_health_ends_score_and_band()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial)) { KeepsHistory = true };
        acme.Turn(90);
        acme.To(1);
        acme.Changes.Clear();
        acme.Activate(HealthModel.Of(HealthModel.Dial) with { Health = null });

        Assert.Equal([ChangeType.ScoreChanged, ChangeType.BandChanged], acme.Changes.Select(change => change.Type));
        Assert.Equal((90.0, null), (acme.Changes[0].Score!.Before, acme.Changes[0].Score!.After));
        Assert.Equal(("green", "unknown"), (acme.Changes[1].From, acme.Changes[1].To));
        Assert.Null(acme.View.Health);
    }

    [Fact]
    public void Products_and_stages_carry_over_by_their_ids()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial)) { KeepsHistory = true };
        acme.Events("Level", 1, properties: TinyModel.Number("value", "15"));
        acme.Changes.Clear();
        var model = HealthModel.Of(HealthModel.Dial);
        acme.Activate(model with
        {
            Metrics = [model.Metrics[2] with { Product = 0 }, model.Metrics[0] with { Product = 1 }, model.Metrics[1] with { Product = 1 }, model.Metrics[3]],
            Products = [model.Products[1] with { AdoptedWhen = [new Criterion(0, 10, 30)] }, model.Products[0] with { AdoptedWhen = [new Criterion(1, 3, 30)] }],
            Stages = [model.Stages[0], model.Stages[1] with { Id = "renamed" }, model.Stages[2]],
        });
        Assert.Empty(acme.Changes);
        Assert.Equal("renamed", acme.View.Stage);
        Assert.True(acme.View.Products[0].Adopted);
    }
}
