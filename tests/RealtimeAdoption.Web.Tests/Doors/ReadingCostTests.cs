using System.Text;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Doors;

namespace RealtimeAdoption.Web.Tests.Doors;

public sealed class ReadingCostTests(ITestOutputHelper output)
{
    private static readonly WriteSource Source =
        new KeyRing(Options.Create(new AuthOptions { WriteKeys = [DoorServer.WriteKey] })).FindWriter(Encoding.UTF8.GetBytes(DoorServer.WriteKey))!;

    private readonly RecordingHost host = new();
    private readonly DoorOptions options = new();

    [Fact]
    public void Reading_allocates_by_the_request_and_nothing_by_the_event()
    {
        var hundred = Body(100);
        var thousand = Body(1000);
        Assert.Equal(Allocated(hundred), Allocated(thousand));
        Assert.InRange(Allocated(hundred), 0, 1000);
    }

    [Fact]
    public void A_batch_is_read_at_a_rate_worth_telling()
    {
        var body = Body(100);
        for (var i = 0; i < 2000; i++) Read(body);
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            // Processor time: other work on the machine is not ours.
            var start = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < 1000; i++) Read(body);
            var took = Environment.CpuUsage.TotalTime - start;
            if (took < best) best = took;
        }

        output.WriteLine($"{100_000 / best.TotalSeconds / 1e6:0.00} M events/s a core, {body.Length / 100} bytes an event");
        Assert.True(best < TimeSpan.FromSeconds(5));
    }

    private static byte[] Body(int events) => Encoding.UTF8.GetBytes($$"""{"batch":[{{string.Join(',', Enumerable.Range(0, events).Select(i =>
        $$"""{"type":"track","messageId":"m-{{i:000000}}","userId":"user-{{i % 10}}","event":"Contact Created","context":{"groupId":"acme-{{i % 7}}"},"properties":{"product":"crm"} }"""))}}]}""");

    // The least of some: a method may be compiled anew between two, or a pooled array have been given back to the system.
    private long Allocated(byte[] body) => Enumerable.Range(0, 10).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(body);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    private void Read(byte[] body)
    {
        using var delivery = new Delivery(host, Source, body, false, options.ErrorsListedMax);
        SegmentReader.ReadBatch(body, delivery, options);
        Assert.Equal(0, delivery.Rejected);
    }
}
