using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Wire;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>
/// One silo's relay: tells the board what the partitions of this silo have come to, and has each of its frames once, for all viewers of the silo. It asks again whenever it was answered, so there is nothing to subscribe, and no lease: where
/// the board goes, the next question finds it, or begins it anew. Works while the silo is active. Thread-safe.
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="grains">Of the silo.</param>
public sealed class SiloFleet(SiloHouse house, IGrainFactory grains) : ISiloFleet, IBoardSource, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    /// <summary>Shortest time between two reports.</summary>
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest time between two reports: a sign of life.</summary>
    private static readonly TimeSpan AliveInterval = TimeSpan.FromSeconds(1);

    /// <summary>The board answers each call within a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    /// <summary>How often it is looked whether the board is behind the journal.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly SiloModels models = new(house, grains);
    private readonly CancellationTokenSource stop = new();
    private readonly FleetState nothing = new(0, new FleetCounts(house.ModelOf(house.ModelIfNew.Text)), new long[house.Identity.Partitions], null, Days.ToDate(0));
    private readonly BoardLag lag = new(house.Identity.Partitions);
    private readonly Dictionary<int, PartitionShare> told = [];
    private TaskCompletionSource changed = NewSignal();
    private BoardFrame? latest;
    private BoardAsk has = new("", 0, 0);
    private Task running = Task.CompletedTask;
    private string toldTo = "";
    private string? boardTrouble;
    private long term;
    private long heardAt = Environment.TickCount64;
    private long heardAtMs = house.NowMs();
    private long frames;
    private bool disposed;

    /// <summary>Frames that this silo was sent.</summary>
    public long Frames => Volatile.Read(ref frames);

    public BoardFrame? Latest
    {
        get
        {
            lock (gate) return latest;
        }
    }

    public string? Trouble
    {
        get
        {
            if (Environment.TickCount64 - Volatile.Read(ref heardAt) < Patience.TotalMilliseconds) return Volatile.Read(ref boardTrouble) ?? lag.Trouble;
            var since = DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref heardAtMs));
            return string.Create(CultureInfo.InvariantCulture, $"the board is not reached since {since:yyyy-MM-dd HH:mm:ss} UTC; what this silo shows is of then.");
        }
    }

    public FleetState Read() => Latest?.Fleet ?? nothing;

    public Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken)
    {
        // Of both, the number and the version: they are one.
        lock (gate) return (latest?.Number ?? 0) != sinceVersion ? Task.CompletedTask : changed.Task.WaitAsync(cancellationToken);
    }

    void ILifecycleParticipant<ISiloLifecycle>.Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SiloFleet),
        ServiceLifecycleStage.Active,
        _ =>
        {
            var stopping = stop.Token;
            running = Task.Run(() => Task.WhenAll(RunAsync(ReportAsync, stopping), RunAsync(AskAsync, stopping), RunAsync(LookAsync, stopping)), CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await stop.CancelAsync();
            await running;
        });

    /// <summary>Of a silo that did not end in order, too. A container that knows it by several names does it as often.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, true)) return;
        stop.Cancel();
        stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IBoardGrain Board => grains.GetGrain<IBoardGrain>(0);

    private async Task RunAsync(Func<CancellationToken, Task> once, CancellationToken stopping)
    {
        var isReached = true;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await once(stopping);
                isReached = true;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Once: it is tried some times a second.
                if (isReached) house.Logger.LogWarning("The board is not reached, and is tried again: {Reason}", error.Message);
                isReached = false;
                await Task.Delay(Again, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReportAsync(CancellationToken stopping)
    {
        var began = Stopwatch.GetTimestamp();
        var (version, owned) = house.Shares.Read();
        var due = owned.Where(share => !ReferenceEquals(told.GetValueOrDefault(share.Partition), share)).ToList();
        var report = new BoardReport(
            [.. due.Select(share => share.ToBytes(told.GetValueOrDefault(share.Partition)?.Share.FeedEnds[0].Sequence ?? 0))],
            [.. owned.Select(share => share.Partition)],
            [.. owned.Select(share => share.Epoch)],
            told.Count == 0 ? "" : toldTo);
        var ack = await Board.Report(report).WaitAsync(Patience, stopping);
        // Another board: it has not been told what this one leaves out.
        var isWhole = ack.Epoch == toldTo || told.Count == 0;
        toldTo = ack.Epoch;
        if (!isWhole)
        {
            told.Clear();
            return;
        }

        foreach (var share in due.Where(share => !ack.Untaken.Contains(share.Partition))) told[share.Partition] = share;
        if (ack.Untaken.Length > 0) await Task.Delay(Again, stopping);
        else await Task.WhenAny(house.Shares.ChangedAsync(version), Task.Delay(AliveInterval, stopping));
        if (ReportInterval - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } rest) await Task.Delay(rest, stopping);
    }

    private async Task AskAsync(CancellationToken stopping)
    {
        var push = await Board.Next(has).WaitAsync(Patience, stopping);
        // One that does not know that it was replaced.
        if (push.Term < term) throw new InvalidOperationException($"A board of term {push.Term} has answered; there is one of term {term}.");
        term = push.Term;
        // Another board wants to be told everything. Until it has a frame, that of the one before stands.
        if (has.Epoch != push.Epoch) house.Shares.Touch();
        if (push.Trouble is not null) Volatile.Write(ref boardTrouble, push.Trouble);
        if (push.Fleet is not null) await TakeAsync(push);
        else if (has.Epoch != push.Epoch) has = new BoardAsk(push.Epoch, 0, 0);

        Volatile.Write(ref boardTrouble, push.Trouble);
        Volatile.Write(ref heardAtMs, house.NowMs());
        Volatile.Write(ref heardAt, Environment.TickCount64);
    }

    // Here and not where the board is made, so that whatever a frame waits for on its way counts.
    private async Task LookAsync(CancellationToken stopping)
    {
        lag.Look(Read().Applied, house.Journal.KnownEnd, Environment.TickCount64);
        await Task.Delay(LookInterval, stopping);
    }

    private async Task TakeAsync(BoardPush push)
    {
        var model = house.ModelOf(house.ModelIfNew.Text);
        if (push.ModelPartition >= 0)
        {
            model = await models.OfAsync(FleetStateBytes.ModelOf(push.Fleet), push.ModelPartition)
                ?? throw new InvalidOperationException($"Partition {push.ModelPartition} has another model by now.");
        }

        var document = push.Document is { } json ? JsonSerializer.Deserialize<BoardDocument>(json, WireJson.Options)! : Latest!.Document;
        TaskCompletionSource waited;
        lock (gate)
        {
            var number = (latest?.Number ?? 0) + 1;
            latest = new BoardFrame(number, push.Epoch, push.Edition, document, FleetStateBytes.Read(push.Fleet, model, number));
            waited = changed;
            changed = NewSignal();
        }

        Interlocked.Increment(ref frames);
        has = new BoardAsk(push.Epoch, push.Number, push.Edition);
        waited.SetResult();
    }
}

/// <summary>Puts the relay into a silo.</summary>
public static class SiloFleetExtensions
{
    /// <summary>Needs a <see cref="SiloHouse"/>, an <see cref="Engine.Host.IScoringHost"/> and a default grain storage. The silo's hub shows its frames, instead of making its own.</summary>
    public static ISiloBuilder AddSiloFleet(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddSingleton<SiloFleet>();
        silo.Services.AddSingleton<ISiloFleet>(services => services.GetRequiredService<SiloFleet>());
        silo.Services.AddSingleton<IBoardSource>(services => services.GetRequiredService<SiloFleet>());
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloFleet>());
        return silo;
    }
}
