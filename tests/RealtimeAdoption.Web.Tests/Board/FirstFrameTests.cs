using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.Web.Board;

namespace RealtimeAdoption.Web.Tests.Board;

public sealed class FirstFrameTests
{
    [Fact]
    public async Task The_first_frame_waits_two_seconds_for_its_lists_and_says_what_it_lacks_until_that_is_there()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var stop = new CancellationTokenSource();
        var fleet = new SlowFleet();
        var maker = new BoardMaker(fleet, () => true, "epoch", new BoardOptions(), NullLogger.Instance);
        var running = maker.RunAsync(stop.Token);

        await maker.ChangedAsync(0, patience.Token);
        Assert.Equal(1, maker.Latest!.Document.Fleet.Accounts);
        Assert.Equal("the board begins anew, and the alerts are still being read.", maker.Trouble);
        var first = maker.Latest.Number;
        fleet.Alerts.SetResult(new AlertPage([], null, []));
        await maker.ChangedAsync(first, patience.Token);

        // It is taken back no sooner than the frame that is whole can be seen.
        while (maker.Trouble is not null) await Task.Delay(10, patience.Token);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>One account, and nobody knows its alerts yet.</summary>
    private sealed class SlowFleet : IFleet
    {
        private readonly FleetState state;

        public SlowFleet()
        {
            var counts = new FleetCounts(new CompiledModel(ModelFileReader.ReadOrThrow(SampleModel.Text, "model.yaml"))) { Accounts = 1 };
            state = new FleetState(1, counts, new long[1], null, Days.ToDate(20_000));
        }

        public TaskCompletionSource<AlertPage> Alerts { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public FleetState ReadFleet() => state;

        public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

        public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken) => new(new AccountPage([], null));

        public async ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken) => await Alerts.Task.WaitAsync(cancellationToken);

        public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken) => new(new ScoreMovers());
    }
}
