using System.Globalization;
using System.Text.Json.Nodes;
using RealtimeAdoption.Server.Tests.Repeats;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>Whatever is sent again has no effect beyond the first, on either store, over any door, across restarts.</summary>
public sealed class OnceOnlyTests(ITestOutputHelper output)
{
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("REPEAT_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed) ? seed : 20261122;

    [Fact]
    public async Task Every_event_sent_1_to_5_times_across_kills_gives_the_same_answers_as_sent_once()
    {
        output.WriteLine($"seed {Seed}; another one: REPEAT_SEED=n");
        var schedule = new RepeatSchedule(Seed);
        var (once, repeated) = (schedule.Phases(most: 1), schedule.Phases(most: 5));
        using var folder = new DataFolder();
        var expected = await PlayAsync("once, SQLite", once, new RepeatRun(folder.In("once"), Seed, isKilled: false));
        Assert.True(expected.Values.Sum(answer => answer["changes"]?.AsArray().Count ?? 0) > 200, "Histories say too little to compare.");
        AssertSame(expected, await PlayAsync("repeated, SQLite", repeated, new RepeatRun(folder.In("repeated"), Seed + 1, isKilled: true)));

        await using var postgres = await PostgresServer.StartAsync();
        string[] store = ["--Storage:Kind=postgres", "--Storage:ConnectionString=" + await postgres.NewDatabaseAsync()];
        AssertSame(expected, await PlayAsync("repeated, PostgreSQL", repeated, new RepeatRun(folder.In("postgres"), Seed + 2, isKilled: true, store)));
    }

    private async Task<Dictionary<string, JsonNode>> PlayAsync(string what, IReadOnlyList<RepeatPhase> phases, RepeatRun run)
    {
        var began = TimeProvider.System.GetTimestamp();
        var answers = await run.PlayAsync(phases);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {phases.Sum(phase => phase.Messages.Count)} messages in {run.Requests} requests beside the imports, {run.Kills} kills in the midst of a request, {answers.Count} answers, {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
        return answers;
    }

    private static void AssertSame(Dictionary<string, JsonNode> expected, Dictionary<string, JsonNode> actual)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, answer) in expected)
            Assert.True(JsonNode.DeepEquals(answer, actual[path]), $"seed {Seed}: {path}\nsent once {answer.ToJsonString()}\nrepeated  {actual[path].ToJsonString()}");
    }
}
