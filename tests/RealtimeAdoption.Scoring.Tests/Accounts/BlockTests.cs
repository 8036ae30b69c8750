using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Tests.Accounts;

public sealed class BlockTests
{
    [Fact]
    public void A_day_of_many_events_widens_its_ring_and_loses_none()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.Events("Made", 200);
        acme.To(1);
        acme.Events("Made", 70_000);
        acme.To(2);
        acme.Events("Made", 300);
        Assert.Equal(70_500, acme.View.Products[0].Criteria[0].Value);
        acme.To(30);
        Assert.Equal(70_300, acme.View.Products[0].Criteria[0].Value);
        acme.To(31);
        Assert.Equal(300, acme.View.Products[0].Criteria[0].Value);
    }

    [Fact]
    public void Sums_of_the_greatest_numbers_stay_exact()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        acme.Events("Sent", 50, properties: TinyModel.Number("quantity", "1000000000000"));
        acme.Events("Sent", 1, properties: TinyModel.Number("quantity", "0.000001"));
        Assert.Equal(50_000_000_000_000.000001m, acme.View.Products[0].Criteria[1].Value);
    }

    [Fact]
    public void An_event_of_a_known_user_allocates_nothing()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        for (var i = 0; i < 100; i++) acme.Events("Made", 1, user: "dana");
        var record = acme.Draft(RecordKind.Usage, "Made", "dana", []);
        for (var i = 0; i < 10; i++) acme.Apply(record, 0, RecordFlags.None, i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) acme.Apply(record, 0, RecordFlags.None, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_track_answers_for_every_late_day_as_the_whole_history_would()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var track = default(DayTrack);
            var days = new SortedSet<int>();
            var today = 100;
            for (var step = 0; step < 60; step++)
            {
                today += random.Next(4) == 0 ? random.Next(1, 45) : random.Next(2);
                var day = today - random.Next(8);
                track.Mark(day);
                days.Add(day);
                for (var asked = today - 7; asked <= today; asked++)
                    Assert.True(days.GetViewBetween(0, asked).Max == track.LatestUpTo(asked), $"seed {seed}, step {step}, day {asked}");
            }
        }
    }

    [Fact]
    public void Many_users_come_and_go_and_those_of_the_window_stay()
    {
        using var acme = new AccountFixture(TinyModel.Of());
        for (var day = 0; day < 120; day++)
        {
            acme.To(day);
            for (var user = 0; user < 5; user++) acme.Events("Made", 1, user: $"user-{day}-{user}");
        }

        Assert.Equal(150, acme.View.Users.Active);
        var users = AccountActor.Users(acme.Model, ref acme.State, AccountFixture.FirstDay + 119);
        Assert.Equal(150, users.Count);
        Assert.Contains(users, user => user.User == "user-90-4" && user.Products.SequenceEqual(["maker"]));
        Assert.True(acme.State.Bytes.Length < 20_000, $"{acme.State.Bytes.Length} bytes");
    }
}
