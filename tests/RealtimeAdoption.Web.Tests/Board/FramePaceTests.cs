using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.Web.Board;

namespace RealtimeAdoption.Web.Tests.Board;

/// <summary>When frames and readings come, of a fleet that changes when a test says so.</summary>
public sealed class FramePaceTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stop = new();
    private readonly TellingFleet fleet = new();
    private Task running = Task.CompletedTask;

    // One that came just as the maker turned from looking to waiting was only seen when some list was due again, minutes later.
    [Fact]
    public async Task No_change_waits_for_a_list_that_is_due_later_whenever_it_comes()
    {
        var maker = Begin(new BoardOptions { FrameInterval = TimeSpan.Zero, ScoresInterval = TimeSpan.FromMinutes(10), MoversInterval = TimeSpan.FromMinutes(1) });
        await ShowsAsync(maker, 1);
        var dice = new Random(7);
        for (var accounts = 2; accounts < 5_000; accounts++)
        {
            // Comes at another moment of the maker's turn each time.
            for (var spins = dice.Next(400); spins > 0; spins--) Thread.SpinWait(1);
            fleet.Tell(accounts);
            await ShowsAsync(maker, accounts);
        }
    }

    [Fact]
    public async Task A_list_that_had_to_be_waited_for_once_is_read_again_as_soon_as_ever()
    {
        var maker = Begin(new BoardOptions { FrameInterval = TimeSpan.FromMilliseconds(10), AlertsInterval = TimeSpan.FromMilliseconds(100) });
        await ShowsAsync(maker, 1);
        // Another silo has to be waited for.
        var held = fleet.HoldAlerts();
        fleet.Tell(2, alertMoves: 1);
        var began = Stopwatch.GetTimestamp();
        await fleet.AlertsAskedAsync(2);
        // By how long it takes, it is judged.
        await Task.Delay(TimeSpan.FromSeconds(1));
        held.SetResult();
        fleet.Tell(3, alertMoves: 2);

        await fleet.AlertsAskedAsync(3);
        // Else a rest would be nineteen times that second.
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(19), $"It was read again {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after the first, which took one.");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        stop.Dispose();
    }

    private BoardMaker Begin(BoardOptions options)
    {
        var maker = new BoardMaker(fleet, () => true, "epoch", options, NullLogger.Instance);
        running = Task.Run(() => maker.RunAsync(stop.Token));
        return maker;
    }

    private static async Task ShowsAsync(BoardMaker maker, int accounts)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (maker.Latest is var frame && (frame?.Document.Fleet.Accounts ?? 0) < accounts)
        {
            try
            {
                await maker.ChangedAsync(frame?.Number ?? 0, patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"There are {accounts} accounts, and the board still shows {frame?.Document.Fleet.Accounts}.");
            }
        }
    }

    private sealed class TellingFleet : IFleet
    {
        private readonly ChangeSignal signal = new();
        private readonly ChangeSignal asked = new();
        private readonly CompiledModel model = new(ModelFileReader.ReadOrThrow(SampleModel.Text, "model.yaml"));
        private TaskCompletionSource? held;
        private int accounts = 1;
        private long moves;
        private int alertsAsked;

        public void Tell(int now, long alertMoves = 0) => signal.Tell(() => (accounts, moves) = (now, alertMoves));

        public TaskCompletionSource HoldAlerts() => held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task AlertsAskedAsync(int times)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (asked.Under(version => (Version: version, Times: alertsAsked)) is var now && now.Times < times) await asked.ChangedAsync(now.Version, patience.Token);
        }

        public FleetState ReadFleet() => signal.Under(version =>
            new FleetState(version, new FleetCounts(model) { Accounts = accounts }, new long[1], null, Days.ToDate(20_000)) { News = FleetNews.None with { AlertMoves = moves } });

        public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken) => signal.ChangedAsync(sinceVersion, cancellationToken);

        public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken) => new(new AccountPage([], null));

        public async ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken)
        {
            asked.Tell(() => alertsAsked++);
            if (held is { } wait) await wait.Task.WaitAsync(cancellationToken);
            return new AlertPage([], null, []);
        }

        public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken) => new(new ScoreMovers());
    }
}
