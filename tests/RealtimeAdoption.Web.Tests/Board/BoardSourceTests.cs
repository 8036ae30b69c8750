using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.TestKit.Servers;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Board;

/// <summary>A hub whose frames are made elsewhere, as those of a silo are.</summary>
public sealed class BoardSourceTests : IDisposable
{
    private readonly PartitionsInMemory host = new(new SettableClock(new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero)));
    private readonly FramesInHand frames = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task Frames_of_one_epoch_are_deltas_under_their_versions_and_another_epoch_is_a_snapshot_to_the_same_viewers()
    {
        await new Traffic(host).AdoptCrm("acme").AdoptCrm("globex").SendAsync();
        var first = new BoardBuilder(host.Model);
        frames.Tell(NewFrame(1, "a", 7, first));
        await using var server = await RunningServer.StartAsync(host, frames);
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        Assert.Equal("a:7", (await viewer.DocumentAsync()).GetProperty("version").GetString());

        // Two are missed: what comes leads from what the viewer has.
        await new Traffic(host).AdoptCrm("initech").SendAsync();
        frames.Tell(NewFrame(4, "a", 10, first));
        var delta = (await viewer.UntilAsync("delta")).GetProperty("delta");
        Assert.Equal(("a:7", "a:10"), (delta.GetProperty("from").GetString(), delta.GetProperty("to").GetString()));
        Assert.Equal(2, delta.GetProperty("feed_added").GetArrayLength());

        // A board that began anew has told less than the one before: a delta would tell the viewers' lines twice.
        var again = new BoardBuilder(host.Model);
        await new Traffic(host).AdoptAnalytics("acme").SendAsync();
        frames.Tell(NewFrame(5, "b", 1, again));
        Assert.Equal("b:1", (await viewer.UntilAsync("snapshot")).GetProperty("version").GetString());
        var document = await viewer.DocumentAsync();
        Assert.Equal("b:1", document.GetProperty("version").GetString());
        var ids = document.GetProperty("feed").EnumerateArray().Select(line => line.GetProperty("id").GetString()).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.Equal(frames.Latest!.Document.Feed.Select(line => line.Id), ids);

        await new Traffic(host).AdoptCrm("umbrella").SendAsync();
        frames.Tell(NewFrame(6, "b", 2, again));
        await viewer.UntilAsync("delta", next => next.GetProperty("version").GetString() == "b:2");
    }

    [Fact]
    public async Task Heartbeats_say_that_the_figures_may_not_be_the_present_and_why_as_long_as_it_is_so()
    {
        frames.Tell(NewFrame(1, "a", 1, new BoardBuilder(host.Model)));
        await using var server = await RunningServer.StartAsync(host, frames);
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        await viewer.UntilAsync("heartbeat", beat => beat.GetProperty("heartbeat").GetProperty("ready").GetBoolean());
        frames.Trouble = "the board begins anew.";
        var doubtful = await viewer.UntilAsync("heartbeat", beat => !beat.GetProperty("heartbeat").GetProperty("ready").GetBoolean());
        Assert.Equal("The board begins anew.", doubtful.GetProperty("heartbeat").GetProperty("detail").GetString());
        frames.Trouble = null;
        await viewer.UntilAsync("heartbeat", beat => beat.GetProperty("heartbeat").GetProperty("ready").GetBoolean());
    }

    [Fact]
    public async Task Whoever_joins_a_silo_that_is_not_ready_yet_hears_so_before_it_gets_the_figures()
    {
        host.Status = new HostStatus(false, "Learning the users.", 0);
        frames.Tell(NewFrame(1, "a", 1, new BoardBuilder(host.Model)));
        await using var server = await RunningServer.StartAsync(host, frames);
        for (var i = 0; i < 3; i++)
        {
            await using var viewer = await BoardViewer.ConnectAsync(server.Address);
            viewer.Tell("join fleet");
            var first = await viewer.UntilAsync(next => next.GetProperty("what").GetString() is "heartbeat" or "snapshot", "a heartbeat or a snapshot");
            Assert.Equal("heartbeat", first.GetProperty("what").GetString());
            Assert.Equal("Learning the users.", first.GetProperty("heartbeat").GetProperty("detail").GetString());
            await viewer.UntilAsync("snapshot");
        }
    }

    private BoardFrame NewFrame(long number, string epoch, long edition, BoardBuilder builder)
    {
        var fleet = host.ReadFleet();
        return new BoardFrame(number, epoch, edition, builder.Build(fleet), fleet);
    }

    private sealed class FramesInHand : IBoardSource
    {
        private readonly Lock gate = new();
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public BoardFrame? Latest { get; private set; }

        public string? Trouble { get; set; }

        public void Tell(BoardFrame frame)
        {
            lock (gate)
            {
                Latest = frame;
                changed.SetResult();
                changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public Task ChangedAsync(long sinceNumber, CancellationToken cancellationToken)
        {
            lock (gate) return (Latest?.Number ?? 0) != sinceNumber ? Task.CompletedTask : changed.Task.WaitAsync(cancellationToken);
        }
    }
}
