using System.Globalization;
using System.Text.Json;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.TestKit.Servers.Answers;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>A real browser with a wall of each of some silos, which are judged at each of their changes while silos are killed (hub-client/walls.mjs). No page is ever loaded again.</summary>
internal sealed class Walls : IAsyncDisposable
{
    private static readonly TimeSpan Patience = SiloProcesses.Patience;

    private readonly Lock gate = new();
    private readonly List<string> wrong = [];
    private readonly List<string> shots = [];
    private readonly Page[] pages;
    private NodeScript? script;
    private bool isEnded;

    private Walls(ClusterLoad load, int count) => pages = [.. Enumerable.Range(0, count).Select(_ => new Page(new WallJudge(load)))];

    /// <summary>One page after the other: judged sights, changes of the board's epoch, the longest time for which events were acknowledged and not yet shown by a live wall, and for how long it said what of itself.</summary>
    public string Summary
    {
        get
        {
            lock (gate)
            {
                return string.Join("; ", pages.Select((page, number) => string.Create(
                    CultureInfo.InvariantCulture,
                    $"wall {number} was judged {page.Judge.Judged:N0} times, its board began anew {page.Epochs.Count - 1} times, and while live it was {page.Judge.Behind.TotalSeconds:0.0} s behind at most and said '{page.Judge.BehindDetail}'; it was {page.Times()}")));
            }
        }
    }

    /// <summary>Returns when each shows a fleet.</summary>
    /// <param name="load">What the silos are sent.</param>
    /// <param name="silos">A page each.</param>
    public static async Task<Walls> OpenAsync(ClusterLoad load, params ServerProcess[] silos)
    {
        var walls = new Walls(load, silos.Length);
        walls.script = await NodeScript.StartAsync("walls.mjs", [.. silos.Select(silo => new Uri(silo.Url, "/?key=" + ServerProcess.ReadKey).ToString())], walls.Hear, walls.End);
        for (var page = 0; page < silos.Length; page++) await walls.SeesAsync(page, now => now.Accounts > 0, "shows accounts");
        return walls;
    }

    /// <summary>Throws what was wrong so far.</summary>
    public void Check()
    {
        lock (gate)
        {
            Assert.True(wrong.Count == 0, $"{wrong.Count} wrong sights. The first ones:\n{string.Join('\n', wrong.Take(8))}");
            Assert.False(isEnded, $"The browser has ended:\n{script?.LastLines(8)}");
        }
    }

    /// <summary>How long after the instant the page first said that it did not hear its silo, and what else it said of itself, with how long after the instant.</summary>
    public async Task<(TimeSpan After, string Story)> OfflineAsync(int page, DateTimeOffset since)
    {
        await SeesAsync(page, _ => First(page, since, isHeard: false) is not null, "says that it does not hear its silo");
        lock (gate)
        {
            var story = pages[page].Standings.Where(standing => standing.At >= since.ToUnixTimeMilliseconds()).Select(standing => string.Create(CultureInfo.InvariantCulture, $"{standing.Kind} after {(standing.At - since.ToUnixTimeMilliseconds()) / 1000d:0.0} s"));
            return (First(page, since, isHeard: false)!.Value, string.Join(", ", story));
        }
    }

    /// <summary>How long after the instant the page heard its silo; zero: it did before.</summary>
    public async Task<TimeSpan> HeardAsync(int page, DateTimeOffset since)
    {
        await SeesAsync(page, _ => First(page, since, isHeard: true) is not null, "hears its silo again");
        lock (gate) return First(page, since, isHeard: true)!.Value;
    }

    /// <summary>When nothing more is sent: every page shows what the list of accounts of its silo, and of every other one, says, and every event.</summary>
    public async Task CheckAsync(SiloProcesses silos, ClusterLoad load)
    {
        foreach (var silo in silos.Running)
        {
            using var http = silo.Client();
            var right = WallSight.Figures(await http.AllAccountsAsync());
            try
            {
                for (var page = 0; page < pages.Length; page++)
                    await SeesAsync(page, now => now.IsLive && now.Figures() == right && IsRight(load, now.Events) && now.Events == Last(0)?.Events, $"shows {load.Events} events ({load.LateRepeated} more at most) and what {silo.Url} answers: {right}");
            }
            catch (TimeoutException error)
            {
                throw new TimeoutException($"{error.Message}\n{await silos.ToldAsync()}", error);
            }
        }

        Check();
    }

    /// <summary>Likewise of what a viewer of each silo's hub is given.</summary>
    public static async Task CheckHubsAsync(SiloProcesses silos, ClusterLoad load)
    {
        foreach (var silo in silos.Running)
        {
            await using var viewer = await BoardViewer.JoinAsync(silo.Url, ServerProcess.ReadKey);
            await UntilAsync(
                async () => (await viewer.DocumentAsync()).GetProperty("fleet"),
                fleet => fleet.GetProperty("accounts").GetInt32() == load.Accounts && IsRight(load, fleet.GetProperty("events").GetInt64()),
                Patience,
                $"{load.Accounts} accounts and {load.Events} events ({load.LateRepeated} more at most) in the document of {silo.Url}");
        }
    }

    /// <summary>Pictures of all pages: PATH-0.png and so on.</summary>
    public async Task ShootAsync(string path)
    {
        script!.Tell($"shot {path}");
        await UntilAsync(() => Task.FromResult(IsShot()), isShot => isShot, Patience, $"{path} is shot");

        bool IsShot()
        {
            lock (gate) return shots.Contains(path);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (script is not null) await script.DisposeAsync();
    }

    private static bool IsRight(ClusterLoad load, long? events) => events >= load.Events && events <= load.Events + load.LateRepeated;

    private async Task SeesAsync(int page, Func<WallSight, bool> isIt, string what)
    {
        var last = await UntilAsync(() => Task.FromResult(Last(page)), now => isEnded || (now is not null && isIt(now)), Patience, $"wall {page} {what}");
        if (isEnded) Check();
        Assert.NotNull(last);
    }

    private WallSight? Last(int page)
    {
        lock (gate) return pages[page].Last;
    }

    private TimeSpan? First(int page, DateTimeOffset since, bool isHeard)
    {
        var from = since.ToUnixTimeMilliseconds();
        lock (gate)
        {
            var standings = pages[page].Standings;
            if (standings.FindLast(standing => standing.At <= from) is { Kind: not null } then && then.IsHeard == isHeard) return TimeSpan.Zero;
            return standings.Find(standing => standing.At > from && standing.IsHeard == isHeard) is { Kind: not null } first ? TimeSpan.FromMilliseconds(first.At - from) : null;
        }
    }

    private void Hear(string line)
    {
        using var message = JsonDocument.Parse(line);
        var what = message.RootElement.GetProperty("what").GetString();
        lock (gate)
        {
            if (what == "broken") wrong.Add(line);
            if (what == "shot") shots.Add(message.RootElement.GetProperty("path").GetString()!);
            if (what == "loaded" && message.RootElement.GetProperty("loads").GetInt32() != 1) wrong.Add(line);
            if (what == "shown") Take(message.RootElement.Deserialize<WallSight>(JsonSerializerOptions.Web)!);
        }
    }

    private void Take(WallSight now)
    {
        var page = pages[now.Page];
        if (page.Judge.Wrong(now) is { } reason) wrong.Add($"Wall {now.Page}: {reason} Before: {page.Last}. Now: {now}.");
        if (page.Last?.Standing != now.Standing) page.Standings.Add((now.At, now.Standing, now.IsHeard));
        if (now.Version.Length > 0) page.Epochs.Add(now.Version.Split(':')[0]);
        page.Last = now;
    }

    private void End()
    {
        lock (gate) isEnded = true;
    }

    private sealed class Page(WallJudge judge)
    {
        public WallJudge Judge { get; } = judge;
        public List<(long At, string Kind, bool IsHeard)> Standings { get; } = [];
        public HashSet<string> Epochs { get; } = new(StringComparer.Ordinal);
        public WallSight? Last { get; set; }

        public string Times() => string.Join(", ", Standings.Zip([.. Standings.Skip(1).Select(next => next.At), Last?.At ?? 0], (standing, end) => (standing.Kind, Ms: end - standing.At))
            .GroupBy(time => time.Kind, time => time.Ms)
            .Select(times => string.Create(CultureInfo.InvariantCulture, $"{times.Key} for {times.Sum() / 1000d:0.0} s ({times.Max() / 1000d:0.0} s at once)")));
    }
}
