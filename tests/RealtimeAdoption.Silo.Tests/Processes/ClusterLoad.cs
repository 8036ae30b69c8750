using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Crashes;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.TestKit.Servers.Answers;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>
/// Senders that post batches to all silos; what is not acknowledged is sent again, to the next silo, until it is. So whatever happens each batch is taken at least once, and each event must count once. Most batches are of always the same
/// accounts; some are the first of an account, and have it adopt a product, so that the fleet's counts rise all the time. The events of every second of those name no account but a user, whom another silo was told of before.
/// </summary>
/// <param name="silos">Where it is sent.</param>
/// <param name="seed">Of what is sent.</param>
/// <param name="rest">Of each sender after a batch; none: as fast as the machine can.</param>
internal sealed class ClusterLoad(SiloProcesses silos, int seed, TimeSpan rest = default)
{
    private const int Senders = 4;
    private const int EventsPerBatch = 200;
    private const int AskedAtOnce = 8;

    // A newcomer's: what the sample model's first product wants.
    private const int Contacts = 25;
    private const int Activities = 10;
    private const int BatchesPerNewcomer = 10;
    private const string NewcomerProduct = "crm";
    private const int GroupedChecked = 40;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Of a silo that is frozen.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    private readonly Traffic traffic = new(seed, accounts: 60, eventsPerBatch: EventsPerBatch);
    private readonly BatchDoor door = new(EventsPerBatch);
    private readonly BatchDoor newcomersDoor = new(Contacts + Activities);
    private readonly BatchDoor groupDoor = new(1);
    private readonly List<int> grouped = [];
    private readonly Lock gate = new();
    private readonly List<(long Events, long AtMs)> acknowledged = [];
    private Task[] senders = [];
    private volatile bool isOver = true;
    private int number;
    private int newcomers;
    private int newcomersSent;
    private long eventsSent;
    private long repeated;
    private long lateRepeated;
    private long lastAt;

    /// <summary>Events that were acknowledged so far, each once.</summary>
    public long Events { get; private set; }

    /// <summary>Those that were sent, each once: as many as there may be.</summary>
    public long EventsSent => Interlocked.Read(ref eventsSent);

    /// <summary>As many events may be counted twice where accepted events are counted, though not in their accounts: see <see cref="Traffic.Late"/>.</summary>
    public long LateRepeated => Interlocked.Read(ref lateRepeated);

    /// <summary>Accounts of which an event was acknowledged, once there were some batches.</summary>
    public int Accounts => traffic.Accounts + Volatile.Read(ref newcomers);

    /// <summary>As many accounts as there may be.</summary>
    public int AccountsSent => traffic.Accounts + Volatile.Read(ref newcomersSent);

    /// <summary>The longest time for which senders had to wait until the next batch of any of them was acknowledged.</summary>
    public TimeSpan LongestPause { get; private set; }

    /// <summary>Batches that had to be sent again.</summary>
    public long Repeated => Interlocked.Read(ref repeated);

    public void Begin()
    {
        isOver = false;
        lastAt = TimeProvider.System.GetTimestamp();
        var lastDay = Days.Of(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()) - 1;
        senders = [.. Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendAsync(sender, lastDay)))];
    }

    /// <summary>Until so many more events are acknowledged.</summary>
    public Task MoreAsync(int events)
    {
        var wanted = Events + events;
        return UntilAsync(() => Task.FromResult(Events), now => now >= wanted || senders.Any(sender => sender.IsCompleted), SiloProcesses.Patience, $"{events} more events are acknowledged");
    }

    /// <summary>When everything that was begun is acknowledged. Throws what a sender found wrong.</summary>
    public async Task EndAsync()
    {
        isOver = true;
        await Task.WhenAll(senders).WaitAsync(SiloProcesses.Patience);
    }

    /// <summary>For how long there had been more acknowledged events than so many.</summary>
    /// <param name="events">So many.</param>
    /// <param name="atMs">Then, in Unix milliseconds.</param>
    public TimeSpan MoreSince(long events, long atMs)
    {
        lock (gate)
        {
            var (low, high) = (0, acknowledged.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (acknowledged[middle].Events > events) high = middle;
                else low = middle + 1;
            }

            return low == acknowledged.Count ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, atMs - acknowledged[low].AtMs));
        }
    }

    /// <summary>Every account, as each silo tells it, counts each event that was acknowledged once.</summary>
    public async Task CheckAsync()
    {
        foreach (var silo in silos.Running)
        {
            using var http = silo.Client();
            var rows = await http.AllAccountsAsync();
            Assert.True(rows.Count == Accounts, $"{http.BaseAddress} tells {rows.Count} accounts; right is {Accounts}. Seed {seed}.");
            Assert.All(rows.Where(IsNewcomer), row => Assert.Equal([NewcomerProduct], row["adopted_products"]!.AsArray().Select(product => product!.GetValue<string>())));
            foreach (var some in Enumerable.Range(0, traffic.Accounts).Chunk(AskedAtOnce)) await Task.WhenAll(some.Select(account => CheckAsync(http, account)));
            // The latest: those that came while something was wrong.
            foreach (var some in grouped.TakeLast(GroupedChecked).Chunk(AskedAtOnce)) await Task.WhenAll(some.Select(number => CheckGroupedAsync(http, number)));
        }
    }

    /// <summary>Until every account that was sent has an answer from a silo that runs.</summary>
    public async Task AskAllAsync()
    {
        using var http = silos.Running[0].Client();
        foreach (var account in Enumerable.Range(0, traffic.Accounts))
        {
            var path = new Uri($"/v1/accounts/{Traffic.AccountId(account)}", UriKind.Relative);
            await UntilAsync(() => IsAnsweredAsync(http, path), isAnswered => isAnswered, SiloProcesses.Patience, $"{path} is answered");
        }
    }

    private static async Task<bool> IsAnsweredAsync(HttpClient http, Uri path)
    {
        using var answer = await http.GetAsync(path);
        return answer.IsSuccessStatusCode;
    }

    private static string NewcomerId(int number) => string.Create(CultureInfo.InvariantCulture, $"newcomer-{number:000000}");

    private static bool IsNewcomer(JsonObject row) => row["account"]!.GetValue<string>().StartsWith("newcomer-", StringComparison.Ordinal);

    private static bool IsGrouped(int number) => number / BatchesPerNewcomer % 2 == 0;

    private static byte[] NewcomerBody(int number) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        batch = Enumerable.Range(0, Contacts + Activities).Select(index => new
        {
            type = "track",
            messageId = $"n{number}-{index}",
            userId = UserOf(number),
            @event = index < Contacts ? "Contact Created" : "Activity Logged",
            context = IsGrouped(number) ? (object)new { } : new { groupId = NewcomerId(number) },
        }),
    });

    private static byte[] GroupBody(int number) => JsonSerializer.SerializeToUtf8Bytes(new { batch = new[] { new { type = "group", messageId = $"g{number}", userId = UserOf(number), groupId = NewcomerId(number) } } });

    private static string UserOf(int number) => IsGrouped(number) ? $"user-{number}" : "dana";

    private static async Task CheckGroupedAsync(HttpClient http, int number)
    {
        var answer = await http.AccountAsync(NewcomerId(number));
        Assert.True(answer.ValueOf(Traffic.Metric(0)) == Contacts, $"{http.BaseAddress}: {NewcomerId(number)} counts {answer.ValueOf(Traffic.Metric(0))} contacts of its user; right is {Contacts}.");
    }

    private async Task CheckAsync(HttpClient http, int account)
    {
        var id = Traffic.AccountId(account);
        var answer = await UntilAsync(() => http.AccountAsync(id), told => told["rebuilding"] is null, SiloProcesses.Patience, $"{id} is rebuilt");
        var asOf = Days.Of(DateOnly.ParseExact(answer["as_of"]!.GetValue<string>(), "yyyy-MM-dd", CultureInfo.InvariantCulture));
        for (var kind = 0; kind < Traffic.Kinds; kind++)
        {
            var expected = traffic.Expected(account, kind, asOf);
            var value = (long)(answer.ValueOf(Traffic.Metric(kind)) ?? 0);
            Assert.True(value == expected, $"{http.BaseAddress}: {id}, {Traffic.Metric(kind)} as of day {asOf}: {value}; right is {expected}. Seed {seed}.");
        }
    }

    private async Task SendAsync(int sender, int lastDay)
    {
        for (var turn = sender; !isOver; turn++)
        {
            var next = Interlocked.Increment(ref number);
            var isNewcomer = next % BatchesPerNewcomer == 0;
            var events = isNewcomer ? Contacts + Activities : EventsPerBatch;
            var batch = new TrafficBatch(next, lastDay, Import: !isNewcomer && next % 12 == 0);
            var body = isNewcomer ? NewcomerBody(next) : traffic.Body(batch);
            Interlocked.Add(ref eventsSent, events);
            if (isNewcomer) Interlocked.Increment(ref newcomersSent);
            // Acknowledged by one silo, and so known to the next.
            while (isNewcomer && IsGrouped(next) && !await IsTakenAsync(groupDoor, turn, batch, GroupBody(next))) (turn, _) = (turn + 1, Interlocked.Increment(ref repeated));
            if (isNewcomer && IsGrouped(next)) turn++;
            while (!await IsTakenAsync(isNewcomer ? newcomersDoor : door, turn, batch, body))
            {
                Interlocked.Increment(ref repeated);
                if (!isNewcomer) Interlocked.Add(ref lateRepeated, traffic.Late(batch));
                turn++;
                await Task.Delay(Pause);
            }

            lock (gate)
            {
                if (!isNewcomer) traffic.Count(batch);
                else newcomers++;
                if (isNewcomer && IsGrouped(next)) grouped.Add(next);
                Acknowledged(events);
            }

            await Task.Delay(rest);
        }
    }

    private void Acknowledged(int events)
    {
        var now = TimeProvider.System.GetTimestamp();
        var pause = TimeProvider.System.GetElapsedTime(lastAt, now);
        if (pause > LongestPause) LongestPause = pause;
        lastAt = now;
        Events += events;
        acknowledged.Add((Events, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    private async Task<bool> IsTakenAsync(BatchDoor to, int turn, TrafficBatch batch, byte[] body)
    {
        if (silos.At(turn % silos.Places) is not { } silo) return false;
        using var http = silo.Client();
        http.Timeout = AnswerPatience;
        try
        {
            return await to.IsTakenAsync(http, batch, body);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
