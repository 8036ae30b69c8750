using System.Text.Json;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.TestKit;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>What crosses the wire between silos is what was written, over generated values.</summary>
public sealed class PageFormTests(ITestOutputHelper output)
{
    private static readonly CompiledModel Model = new(SampleModel.Definition);

    [Fact]
    public void Rows_and_moves_and_queries_are_read_as_they_were_written()
    {
        var random = Seeded();
        for (var i = 0; i < 500; i++)
        {
            FleetRow[] rows = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new FleetRow(Row(random), new RowScore(Maybe(random), Maybe(random), Maybe(random))))];
            Assert.Equal(rows, PageForm.Read<FleetRow[]>(PageForm.Write(rows), Model));

            var movers = new ScoreMovers();
            for (var n = random.Next(8); n > 0; n--) movers.Look(Row(random), random.Next(1_000), Maybe(random), Maybe(random));
            var read = PageForm.ReadMovers(PageForm.WriteMovers(movers), Model);
            Assert.Equal(movers.DayUp.Concat(movers.DayDown).Concat(movers.WeekUp).Concat(movers.WeekDown), read.DayUp.Concat(read.DayDown).Concat(read.WeekUp).Concat(read.WeekDown));

            var accounts = new AccountQuery
            {
                Stage = Text(random), Segment = Text(random), Owner = Text(random), Product = Text(random), Churned = random.Next(2) == 0, Band = random.Next(2) == 0 ? null : (Band)random.Next(4),
                Sort = (AccountSort)random.Next(10), Limit = random.Next(1_000), After = random.Next(2) == 0 ? null : new AccountCursor("a \"key\"", "ä"),
            };
            Assert.Equal(accounts, PageForm.Read<AccountQuery>(PageForm.Write(accounts)));
        }
    }

    [Fact]
    public void Queries_of_alerts_and_storms_are_read_as_they_were_written()
    {
        var random = Seeded();
        for (var i = 0; i < 500; i++)
        {
            StormKey[] keys = [.. Enumerable.Range(0, random.Next(4)).Select(n => new StormKey((AlertType)random.Next(16), new DateOnly(2026, 1, 1 + n), (CauseKind)random.Next(4)))];
            var query = new AlertQuery
            {
                State = random.Next(2) == 0 ? null : (AlertState)random.Next(1, 5), Awake = random.Next(2) == 0, Type = (AlertType)random.Next(16), Account = Text(random), OpenedOn = new DateOnly(2026, 2, 3),
                OpenedBy = CauseKind.Tick, GroupStorms = true, Sort = (AlertSort)random.Next(4), Limit = random.Next(1_000), After = new AlertCursor("1 2 3 4.5", "x"), Except = keys.ToHashSet(),
            };
            var read = PageForm.Read<AlertQuery>(PageForm.Write(query));
            Assert.True(query.Except.SetEquals(read.Except));
            Assert.Equal(query, read with { Except = query.Except });

            var storms = new AlertStorms();
            foreach (var key in keys) storms.Add(AlertStorm.Of(key, 7, [1, random.Next(9), 3], [0, 2, 0, random.Next(5)], new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero)));
            Assert.Equal(JsonSerializer.Serialize(storms.Over(0)), JsonSerializer.Serialize(PageForm.ReadStorms(PageForm.WriteStorms(storms)).Over(0)));
        }
    }

    [Fact]
    public void What_a_later_version_adds_is_passed_over()
    {
        var later = JsonSerializer.Deserialize<Dictionary<string, object?>>(PageForm.Write(new AccountQuery { Owner = "dana", Limit = 7 }))!;
        later["Later"] = "unknown";

        Assert.Equal(new AccountQuery { Owner = "dana", Limit = 7 }, PageForm.Read<AccountQuery>(JsonSerializer.SerializeToUtf8Bytes(later)));
    }

    private Random Seeded()
    {
        var seed = Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    private static AccountSummary Row(Random random)
    {
        var alerts = default(AlertTally);
        for (var n = random.Next(6); n > 0; n--) alerts = alerts.With((AlertState)random.Next(1, 4), (AlertSeverity)random.Next(4));
        return new AccountSummary
        {
            Model = Model, Account = $"account \"{random.Next(1_000_000)}\" é", Name = Text(random) ?? "", Segment = random.Next(-1, 3), Owner = Text(random), Churned = random.Next(2) == 0, Stage = random.Next(5),
            StageSince = new DateOnly(2026, 1, 1).AddDays(random.Next(900)), Adopted = (ulong)random.NextInt64(), Entitled = ulong.MaxValue - (ulong)random.Next(9), Rebuilding = random.Next(2) == 0,
            LastActivityOn = random.Next(2) == 0 ? null : new DateOnly(2026, 5, 1), Band = (Band)random.Next(4), Arr = random.Next(2) == 0 ? null : random.Next(1_000_000) / 100m, Alerts = alerts,
            Position = random.NextInt64(),
        };
    }

    private static int? Maybe(Random random) => random.Next(3) == 0 ? null : random.Next(-1_000, 1_000);

    private static string? Text(Random random) => random.Next(3) == 0 ? null : $"text {random.Next(100)} \u00fc \U0001F600";
}
