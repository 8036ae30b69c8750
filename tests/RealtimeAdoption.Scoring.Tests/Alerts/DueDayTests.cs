using System.Text.Json;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

public sealed class DueDayTests
{
    /// <summary>
    /// Two accounts live the same random life: one is asked only on its due days and skips judgements that it takes for needless, the other is asked every day and judges all alerts each time.
    /// </summary>
    [Fact]
    public void An_account_that_is_asked_only_when_it_is_due_tells_the_same_as_one_that_is_asked_every_day()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var model = Model(seed);
            using var lazy = new AccountFixture(model);
            using var eager = new AccountFixture(model);
            Live(new Random(seed), lazy, everyDay: false);
            Live(new Random(seed), eager, everyDay: true);

            var (expected, actual) = (eager.Changes.Select(Told).ToList(), lazy.Changes.Select(Told).ToList());
            var first = Enumerable.Range(0, Math.Max(expected.Count, actual.Count)).FirstOrDefault(i => i >= expected.Count || i >= actual.Count || expected[i] != actual[i], -1);
            Assert.True(first < 0, $"seed {seed}, change {first}: {(first < expected.Count ? expected[Math.Max(first, 0)] : "nothing")}\nbut\n{(first < actual.Count ? actual[Math.Max(first, 0)] : "nothing")}");
            Assert.Equal(JsonSerializer.Serialize(eager.View.Alerts), JsonSerializer.Serialize(lazy.View.Alerts));
        }
    }

    [Fact]
    public void A_life_that_is_replayed_makes_the_same_bytes_and_the_same_changes()
    {
        for (var seed = 1000; seed < 1010; seed++)
        {
            using var first = new AccountFixture(Model(seed));
            using var second = new AccountFixture(Model(seed));
            Live(new Random(seed), first, everyDay: false);
            Live(new Random(seed), second, everyDay: false, stored: true);
            Assert.True(first.State.Bytes.SequenceEqual(second.State.Bytes), $"seed {seed}");
            Assert.Equal(JsonSerializer.Serialize(first.Changes), JsonSerializer.Serialize(second.Changes));
            Assert.Contains(first.Changes, change => change.Alert is not null);
        }
    }

    private static string Told(Changes.Change change) => JsonSerializer.Serialize(change with { Position = 0, Cause = change.Cause with { Position = 0 } });

    private static AdoptionModel Model(int seed)
    {
        var random = new Random(seed * 31);
        return AlertModel.Of(
            rule => rule with
            {
                CoolDownDays = random.Next(0, 12),
                AfterDays = rule.AfterDays == 0 ? 0 : random.Next(1, 40),
                KeepDays = rule.KeepDays == 0 ? 0 : random.Next(1, 40),
                WithinDays = rule.WithinDays == 0 ? 0 : random.Next(1, 60),
                Enabled = random.Next(8) > 0,
            },
            largeArr: random.Next(2) == 0 ? 5000 : null,
            ("big", rule => rule with { AfterDays = rule.AfterDays == 0 ? 0 : random.Next(1, 40), IsOfSegment = random.Next(2) == 0 }));
    }

    private static void Live(Random random, AccountFixture account, bool everyDay, bool stored = false)
    {
        var isBusy = 1;
        for (var day = 0; day < 150; day++)
        {
            while (account.Today < day) account.NextDay(everyDay);
            if (stored) account.State = account.State.Copy();
            if (random.Next(12) == 0) isBusy = random.Next(3);
            for (var steps = random.Next(1 + (isBusy * 3)); steps > 0; steps--)
            {
                if (everyDay) account.JudgeAllNext();
                Step(random, account);
            }
        }
    }

    private static void Step(Random random, AccountFixture account)
    {
        var user = random.Next(4) == 0 ? null : $"user-{random.Next(14)}";
        var late = random.Next(8) == 0 ? Math.Max(0, account.Today - random.Next(7)) : account.Today;
        switch (random.Next(16))
        {
            case < 4: account.Events("Made", 1, late, user); break;
            case < 7: account.Events("Read", 1, late, user); break;
            case 7: account.Events("Level", 1, late, user, properties: TinyModel.Number("value", $"{random.Next(20)}")); break;
            case < 10: account.Events("Mood", 1, properties: TinyModel.Number("value", $"{random.Next(0, 101)}")); break;
            case 10: account.Events("NPS Submitted", 1, late, user, properties: TinyModel.Number("score", $"{random.Next(11)}")); break;
            case 11: Profile(random, account); break;
            case 12: account.Contract(Lines(random, account)); break;
            case 13: Pin(random, account); break;
            default: Act(random, account); break;
        }
    }

    private static void Profile(Random random, AccountFixture account)
    {
        switch (random.Next(6))
        {
            case 0: account.Traits(TinyModel.Number("seats", $"{random.Next(12)}")); break;
            case 1: account.Traits(("renewal_date", Scalar.OfText($"{AccountFixture.Date(account.Today + random.Next(-5, 70)):yyyy-MM-dd}"))); break;
            case 2: account.Traits(("last_contact", Scalar.OfText($"{AccountFixture.Date(account.Today - random.Next(60)):yyyy-MM-dd}"))); break;
            case 3: account.Traits(TinyModel.Number("nps", $"{random.Next(-100, 101)}")); break;
            case 4: account.Traits(TinyModel.Number("employees", $"{random.Next(2000)}")); break;
            default: account.Traits(("status", Scalar.OfText(random.Next(3) == 0 ? "churned" : "active"))); break;
        }
    }

    private static string Lines(Random random, AccountFixture account)
    {
        if (random.Next(5) == 0) return "null";
        var lines = new List<string>();
        foreach (var product in new[] { "maker", "reader", "meter" })
        {
            if (random.Next(3) == 0) continue;
            var start = account.Today + random.Next(-60, 10);
            var end = random.Next(2) == 0 ? "null" : $"\"{AccountFixture.Date(start + random.Next(1, 90)):yyyy-MM-dd}\"";
            lines.Add($$"""{"product":"{{product}}","start":"{{AccountFixture.Date(start):yyyy-MM-dd}}","end":{{end}},"arr":{{random.Next(3) * 2000}}}""");
        }

        return $"[{string.Join(',', lines)}]";
    }

    private static void Pin(Random random, AccountFixture account)
    {
        var kind = random.Next(2) == 0 ? OverrideKind.Band : OverrideKind.Stage;
        string?[] values = kind == OverrideKind.Band ? ["red", "yellow", "green", null] : ["none", "one", "all", null];
        account.Pin(new PinRequest { Kind = kind, Value = values[random.Next(4)], By = "dana", Reason = "because", Until = AccountFixture.Date(account.Today + random.Next(0, 20)) });
    }

    private static void Act(Random random, AccountFixture account)
    {
        var type = (AlertType)random.Next(16);
        var subject = type switch
        {
            AlertType.ProductAdopted or AlertType.ProductLapsed or AlertType.ProductUnadopted => new[] { "maker", "reader", "meter" }[random.Next(3)],
            AlertType.ChampionQuiet => $"user-{random.Next(14)}",
            _ => "",
        };
        account.Act(new AlertAction
        {
            Verb = (AlertVerb)random.Next(1, 5),
            Key = new AlertKey(type, subject),
            By = "dana",
            Until = random.Next(2) == 0 ? AccountFixture.Date(account.Today + random.Next(0, 25)) : null,
            UntilWorse = random.Next(2) == 0,
            Assignee = random.Next(2) == 0 ? "lee" : null,
        });
    }
}
