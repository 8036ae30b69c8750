using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

/// <summary>What is kept from event to event is what the whole would give anew, costs nothing, and is looked at on every day on which something happens.</summary>
public sealed class UpkeepTests
{
    [Fact]
    public void After_every_record_the_kept_measures_are_what_they_would_be_if_worked_out_anew()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            using var acme = new AccountFixture(HealthModel.OfAll());
            var random = new Random(seed);
            for (var step = 0; step < 150; step++)
            {
                if (random.Next(3) == 0) acme.To(acme.Today + (random.Next(10) == 0 ? random.Next(40) : 1));
                RandomTraffic.PlayOne(acme, random);
                var copy = acme.State.Copy();
                var block = new AccountBlock(acme.Model, ref copy);
                var kept = new HealthState(block);
                var (values, head) = (kept.Values.ToArray(), kept.Head);
                Assert.False(HealthScore.Renew(block), $"seed {seed}, step {step}");
                var anew = new HealthState(block);
                Assert.True(values.AsSpan().SequenceEqual(anew.Values), $"seed {seed}, step {step}: {string.Join(' ', values)} is not {string.Join(' ', anew.Values.ToArray())}");
                Assert.True(Bytes(head).AsSpan().SequenceEqual(Bytes(anew.Head)), $"seed {seed}, step {step}");
            }
        }
    }

    [Fact]
    public void A_steady_event_allocates_nothing()
    {
        // So many to reach that one of them is far from a point of the score.
        var model = HealthModel.OfAll();
        using var acme = new AccountFixture(model with { Products = [model.Products[0] with { AdoptedWhen = [new Criterion(0, 40, 30), new Criterion(1, 1.5m, 30)] }, model.Products[1]] });
        acme.Put(("seats", Scalar.OfNumber("5")));
        acme.Events("Sent", 1, user: "dana", properties: TinyModel.Number("quantity", "1.5"));
        acme.Events("Made", 41, user: "dana");
        acme.Turn(50);
        var record = acme.Draft(RecordKind.Usage, "Made", "dana", []);
        acme.Apply(record, 0, RecordFlags.None, 0);
        var depth = acme.ValueOf("depth");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) acme.Apply(record, 0, RecordFlags.None, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(depth, acme.ValueOf("depth"));
    }

    [Fact]
    public void A_tick_that_tells_nothing_allocates_nothing()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(60);
        acme.To(3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var day = 4; day < 60; day++) acme.To(day);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_account_that_is_ticked_only_when_it_is_due_tells_what_one_tells_that_is_ticked_every_day()
    {
        var told = 0;
        var skipped = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            using var daily = new AccountFixture(HealthModel.OfAll()) { IsTickedDaily = true };
            using var due = new AccountFixture(HealthModel.OfAll());
            for (var round = 0; round < 4; round++)
            {
                Live(daily, seed, round);
                Live(due, seed, round);
            }

            Assert.Equal(Told(daily.Changes), Told(due.Changes));
            told += due.Changes.Count;
            skipped += daily.Ticks - due.Ticks;
            Assert.Equal(daily.View.Health!.Measures, due.View.Health!.Measures);
            Assert.Equal((daily.View.Health.Score, daily.View.Health.Band, daily.View.Health.Change7d), (due.View.Health.Score, due.View.Health.Band, due.View.Health.Change7d));
        }

        Assert.True(told > 2_000 && skipped > 10_000, $"{told} changes, {skipped} ticks spared");
    }

    private static byte[] Bytes(HealthHead head) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<HealthHead>(in head)).ToArray();

    // A burst of records, then a long silence.
    private static void Live(AccountFixture account, int seed, int round)
    {
        var random = new Random((seed * 10) + round);
        for (var step = 0; step < 30; step++)
        {
            if (random.Next(3) == 0) account.To(account.Today + 1);
            RandomTraffic.PlayOne(account, random);
        }

        account.To(account.Today + random.Next(200));
    }

    private static IEnumerable<string> Told(IEnumerable<Change> changes) =>
        changes.Select(change => $"{change.Day} {change.Position}.{change.Ordinal} {change.Type} {change.Product} {change.From} {change.To} {change.Score?.Before} {change.Score?.After}");
}
