using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.LoadTest;

/// <param name="TickSeconds">From the clock's midnight to the last account's turn.</param>
/// <param name="CpuSeconds">Of the whole process meanwhile, live events included.</param>
/// <param name="PauseSeconds">For which the collector stopped everything meanwhile.</param>
/// <param name="AllocatedBytes">On the collector's heap meanwhile, live events included.</param>
/// <param name="Collections">Meanwhile, by generation.</param>
/// <param name="Before">Waits without a tick.</param>
/// <param name="During">Waits of the events that were due while ticks were in work.</param>
public sealed record TickFigures(double TickSeconds, double CpuSeconds, double PauseSeconds, long AllocatedBytes, int[] Collections, Waits Before, Waits During);

/// <summary>How long events waited, in milliseconds from when they were due to the answer that they are applied.</summary>
public sealed record Waits(int Batches, double P50, double P99, double Max)
{
    public static Waits Of(IEnumerable<double> waits)
    {
        var sorted = waits.Order().ToArray();
        double At(double share) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
        return new Waits(sorted.Length, At(0.5), At(0.99), At(1));
    }
}

/// <summary>
/// The embedded host with all its lanes and no store. All accounts have been active in the last days; then a midnight comes while live events do at a steady rate, in small batches over all
/// partitions. An event's wait counts from the instant at which it was due, whether or not the sender was late.
/// </summary>
public sealed class TickBench : IAsyncDisposable
{
    private const int PopulateBatch = 2_000;
    private const int BatchMs = 5;
    private const int UsersPerAccount = 5;
    private const int PopulateDays = 14;

    // 40 of them adopt crm, so that every score has enough behind it to count and moves from day to day.
    private static readonly byte[][] Events = ["Contact Created"u8.ToArray(), "Contact Created"u8.ToArray(), "Contact Created"u8.ToArray(), "Activity Logged"u8.ToArray()];

    private readonly Clock clock = new(DateTimeOffset.Parse("2026-11-02T12:00:00Z", CultureInfo.InvariantCulture));
    private readonly byte[][] accounts;
    private readonly byte[][] users;
    private readonly int rate;
    private readonly EmbeddedHost host;
    private readonly NoSnapshots snapshots = new();
    private readonly Random random = new(1);

    public TickBench(int accounts, int rate, string modelText)
    {
        this.accounts = [.. Enumerable.Range(0, accounts).Select(i => Encoding.UTF8.GetBytes($"account-{i}"))];
        users = [.. Enumerable.Range(0, UsersPerAccount).Select(i => Encoding.UTF8.GetBytes($"user-{i}"))];
        this.rate = rate;
        var model = new CompiledModel(ModelFileReader.ReadOrThrow(modelText, "saas-suite.yaml"));
        host = new EmbeddedHost(new EmbeddedOptions(), new NoJournal(), snapshots, clock, modelText, _ => model, NullLogger<EmbeddedHost>.Instance);
    }

    public async ValueTask DisposeAsync() => await host.DisposeAsync();

    /// <summary>Changes that the store was given so far: a check that ticks have something to tell.</summary>
    public long Changes => snapshots.Changes;

    /// <summary>Starts it, and every account gets so many events, spread over its last days.</summary>
    public async Task PopulateAsync(int eventsPerAccount)
    {
        await host.StartAsync(default);
        for (var day = 0; day < PopulateDays; day++)
        {
            var until = eventsPerAccount * (day + 1) / PopulateDays;
            for (var round = eventsPerAccount * day / PopulateDays; round < until; round++)
            {
                for (var first = 0; first < accounts.Length; first += PopulateBatch)
                {
                    var (from, count) = (first, Math.Min(PopulateBatch, accounts.Length - first));
                    await SendAsync(count, i => from + i, round);
                }
            }

            await OpenNextDayAsync();
        }
    }

    public async Task<TickFigures> RunAsync(TimeSpan calm)
    {
        // The first seconds compile the code.
        await LoadAsync(Task.Delay(calm));
        var before = await LoadAsync(Task.Delay(calm));
        var (began, cpu) = (Stopwatch.GetTimestamp(), CpuClock.Seconds);
        var (took, used) = (0.0, 0.0);
        var pauses = GC.GetTotalPauseDuration();
        var allocated = GC.GetTotalAllocatedBytes();
        var collections = Collections();
        var during = await LoadAsync(Task.Run(async () =>
        {
            await OpenNextDayAsync();
            (took, used) = (Stopwatch.GetElapsedTime(began).TotalSeconds, CpuClock.Seconds - cpu);
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            collections = [.. Collections().Select((count, generation) => count - collections[generation])];
            pauses = GC.GetTotalPauseDuration() - pauses;
        }));
        return new TickFigures(took, used, pauses.TotalSeconds, allocated, collections, Waits.Of(before), Waits.Of(during));
    }

    private static int[] Collections() => [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => GC.CollectionCount(generation))];

    /// <summary>Processor time a second with nothing to do.</summary>
    public static async Task<double> IdleAsync(TimeSpan time)
    {
        var cpu = CpuClock.Seconds;
        await Task.Delay(time);
        return (CpuClock.Seconds - cpu) / time.TotalSeconds;
    }

    // The lanes see the new day at their next look at the clock.
    private async Task OpenNextDayAsync()
    {
        clock.Now += TimeSpan.FromDays(1);
        var day = DateOnly.FromDateTime(clock.Now.UtcDateTime);
        while (true)
        {
            var fleet = host.ReadFleet();
            if (fleet.SettledDay == day) return;
            await host.FleetChangedAsync(fleet.Version, default);
        }
    }

    private async Task<List<double>> LoadAsync(Task until)
    {
        var waits = new List<double>();
        var answers = new List<Task>();
        var perBatch = Math.Max(1, rate * BatchMs / 1000);
        var began = Stopwatch.GetTimestamp();
        for (var batch = 0; !until.IsCompleted; batch++)
        {
            var due = batch * perBatch * 1000.0 / rate;
            var early = due - Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (early > 0.5) await Task.Delay(TimeSpan.FromMilliseconds(early));
            answers.Add(SendDueAsync(perBatch, began, due, waits));
        }

        await until;
        await Task.WhenAll(answers);
        return waits;
    }

    private async Task SendDueAsync(int count, long began, double dueMs, List<double> waits)
    {
        await SendAsync(count, _ => random.Next(accounts.Length), random.Next());
        var wait = Stopwatch.GetElapsedTime(began).TotalMilliseconds - dueMs;
        lock (waits) waits.Add(wait);
    }

    private async Task SendAsync(int count, Func<int, int> accountOf, int round)
    {
        using var batch = new IntakeBatch(host.Identity.Partitions);
        for (var i = 0; i < count; i++) Write(batch, accounts[accountOf(i)], users[round % UsersPerAccount], Events[round % Events.Length]);
        var answer = await host.AppendAsync(batch, default);
        if (answer.Status != IntakeStatus.Done) throw new InvalidOperationException($"A batch was answered {answer.Status}: {answer.Reason}");
    }

    private void Write(IntakeBatch batch, byte[] account, byte[] user, byte[] name)
    {
        var offset = batch.Records.Length;
        batch.Records.Begin(new RecordDraft
        {
            Kind = RecordKind.Usage,
            Flags = RecordFlags.HasTimestamp,
            TimeMs = clock.Now.ToUnixTimeMilliseconds(),
            Account = account,
            User = user,
            Name = name,
            Source = "key-000000000000"u8,
            IdSeed = host.Identity.IdSeed,
        });
        batch.Records.Add(PropertyKind.Text, "product"u8, "crm"u8);
        batch.End(offset);
    }

    private sealed class Clock(DateTimeOffset start) : TimeProvider
    {
        private long ticks = start.UtcTicks;

        public DateTimeOffset Now
        {
            get => new(Volatile.Read(ref ticks), TimeSpan.Zero);
            set => Volatile.Write(ref ticks, value.UtcTicks);
        }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
