using System.Text.Json;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Wire;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>
/// Puts the fleet together from what the silos report, and makes the board of it, once for all of them: no frame before every partition was heard of. A partition that nothing is heard of is asked for, so that it begins again somewhere;
/// until then the board keeps what it had, and says so. Thread-safe.
/// </summary>
internal sealed class FleetBoard : IFleet, IAsyncDisposable
{
    /// <summary>A silo's question is answered after so long even if nothing is new: then it knows that the board lives.</summary>
    private static readonly TimeSpan AnswerAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan WakePatience = TimeSpan.FromSeconds(10);

    /// <summary>A silo reports some times within this.</summary>
    private const long SilentMs = 3_000;

    /// <summary>Silos that are there report within this once the board has begun.</summary>
    private const long BeginMs = 500;

    private readonly SiloHouse house;
    private readonly IGrainFactory grains;
    private readonly IScoringHost host;
    private readonly SiloModels models;
    private readonly PartitionShares shares;
    private readonly BoardMaker maker;
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private readonly long[] heardAt;
    private readonly long[] heardAtMs;
    private readonly Task[] wakes;
    private readonly string epoch;
    private readonly long term;
    private Packed? packed;

    // As it goes to every silo.
    private sealed record Packed(BoardFrame Frame, int ModelPartition, byte[] Fleet, byte[] Document);

    /// <param name="house">Of the silo.</param>
    /// <param name="grains">Of the silo.</param>
    /// <param name="host">Answers for the lists.</param>
    /// <param name="epoch">Of this board alone.</param>
    /// <param name="term">Greater than that of any board before.</param>
    /// <param name="options">Its pace.</param>
    public FleetBoard(SiloHouse house, IGrainFactory grains, IScoringHost host, string epoch, long term, BoardOptions options)
    {
        (this.house, this.grains, this.host, this.epoch, this.term) = (house, grains, host, epoch, term);
        models = new SiloModels(house, grains);
        var partitions = house.Identity.Partitions;
        shares = new PartitionShares(partitions, house.ModelOf(house.ModelIfNew.Text), () => host.Activation);
        maker = new BoardMaker(this, () => shares.IsComplete, epoch, options, house.Logger);
        heardAt = [.. Enumerable.Repeat(Environment.TickCount64 - SilentMs + BeginMs, partitions)];
        heardAtMs = new long[partitions];
        wakes = [.. Enumerable.Repeat(Task.CompletedTask, partitions)];
        running = Task.Run(() => Task.WhenAll(RunAsync(maker.RunAsync), RunAsync(WatchAsync)));
    }

    public async Task<BoardAck> TakeAsync(BoardReport report)
    {
        if (report.ToldTo.Length > 0 && report.ToldTo != epoch) return new BoardAck(epoch, []);
        var untaken = new List<int>();
        var unread = new HashSet<int>();
        foreach (var bytes in report.Shares)
        {
            var partition = -1;
            try
            {
                (partition, var model) = PartitionShare.HeadOf(bytes);
                if (model != 0 && !await IsKnownAsync(model, partition)) untaken.Add(partition);
                else if (shares.Take(PartitionShare.Of(bytes, hash => house.ModelOf(hash)!, house.ModelOf(house.ModelIfNew.Text)), out var hasMoved) && hasMoved) maker.Doubt();
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
            {
                // Told again it would be no better: the others count, and this partition is one that nothing is heard of.
                unread.Add(partition);
                house.Logger.LogError(error, "The share of partition {Partition} cannot be read.", partition);
            }
        }

        for (var i = 0; i < report.Partitions.Length; i++)
        {
            var partition = report.Partitions[i];
            // What an owner that was overtaken says is no sign of life, nor what is not understood.
            if (unread.Contains(partition)) continue;
            if (shares.Of(partition) is not { } known || report.Epochs[i] < known.Epoch) continue;
            Volatile.Write(ref heardAt[partition], Environment.TickCount64);
            Volatile.Write(ref heardAtMs[partition], house.NowMs());
        }

        return new BoardAck(epoch, [.. untaken]);
    }

    public async Task<BoardPush> NextAsync(BoardAsk ask)
    {
        var isOfThis = ask.Epoch == epoch;
        if (isOfThis)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            patience.CancelAfter(AnswerAfter);
            await maker.ChangedAsync(ask.Number, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        // A first frame waits for its lists, though not for long.
        if (maker.Latest is not { } frame) return new BoardPush(epoch, term, 0, 0, -1, null, null, Trouble() ?? "the board begins anew; what is shown is of before.");
        if (isOfThis && frame.Number == ask.Number) return new BoardPush(epoch, term, frame.Number, frame.Edition, -1, null, null, Trouble());
        var ready = PackedOf(frame);
        return new BoardPush(epoch, term, frame.Number, frame.Edition, ready.ModelPartition, ready.Fleet, isOfThis && frame.Edition == ask.Edition ? null : ready.Document, Trouble());
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken) => host.AccountsAsync(query, cancellationToken);

    public ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken) => host.AlertsAsync(query, cancellationToken);

    public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken) => host.ScoreMoversAsync(cancellationToken);

    public FleetState ReadFleet() => shares.Read();

    public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken) => shares.ChangedAsync(sinceVersion, cancellationToken);

    // Made once for all silos; two that ask at once may both make it.
    private Packed PackedOf(BoardFrame frame)
    {
        if (Volatile.Read(ref packed) is { } before && ReferenceEquals(before.Frame, frame)) return before;
        var known = Volatile.Read(ref packed);
        var (model, partition) = shares.NameOf(frame.Fleet.Counts.Model);
        var document = known is not null && known.Frame.Edition == frame.Edition ? known.Document : JsonSerializer.SerializeToUtf8Bytes(frame.Document, WireJson.Options);
        var made = new Packed(frame, partition, FleetStateBytes.Write(frame.Fleet, model), document);
        Volatile.Write(ref packed, made);
        return made;
    }

    private async Task<bool> IsKnownAsync(ulong model, int partition)
    {
        try
        {
            return await models.OfAsync(model, partition) is not null;
        }
        catch (Exception error)
        {
            house.Logger.LogDebug("The model of partition {Partition} cannot be had: {Reason}", partition, error.Message);
            return false;
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task> work)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                house.Logger.LogError(error, "The board broke, and begins again with what it was told.");
                await Task.Delay(AnswerAfter, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        var activation = host.Activation;
        while (true)
        {
            // This silo may hear of its end after the last partition's share has come.
            if (host.Activation is var now && now != activation)
            {
                activation = now;
                shares.Touch();
            }

            foreach (var partition in Silent())
            {
                if (wakes[partition].IsCompleted) wakes[partition] = WakeAsync(partition, stopping);
            }

            await Task.Delay(WatchInterval, stopping);
        }
    }

    // Wherever it begins again, its silo reports it.
    private async Task WakeAsync(int partition, CancellationToken stopping)
    {
        try
        {
            await grains.GetGrain<IPartitionGrain>(partition).ModelText().WaitAsync(WakePatience, stopping);
        }
        catch (Exception error)
        {
            house.Logger.LogDebug("Partition {Partition}, of which nothing is heard, does not answer: {Reason}", partition, error.Message);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private List<int> Silent()
    {
        var before = Environment.TickCount64 - SilentMs;
        return [.. Enumerable.Range(0, heardAt.Length).Where(partition => Volatile.Read(ref heardAt[partition]) < before)];
    }

    private string? Trouble()
    {
        var silent = Silent();
        if (silent.Count == 0) return maker.Trouble;
        var which = $"partition {silent[0]}{(silent.Count > 1 ? $" and {silent.Count - 1} more" : "")}";
        if (!shares.IsComplete) return $"the board waits for {which}, of which nothing was heard yet.";
        var since = DateTimeOffset.FromUnixTimeMilliseconds(silent.Min(partition => Volatile.Read(ref heardAtMs[partition])));
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nothing is heard of {which} since {since:yyyy-MM-dd HH:mm:ss} UTC; the board shows what it had then.");
    }
}
