using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>Dates from before 1970 once read memory outside of the account's block in a rebuild, which ended the process.</summary>
public sealed class AncientDateTests
{
    [Theory]
    [InlineData(long.MinValue / 4)]
    [InlineData(-62_135_596_800_000)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(Days.MsPerDay)]
    [InlineData((365 * Days.MsPerDay) - 1)]
    [InlineData(365 * Days.MsPerDay)]
    public void An_event_that_claims_to_be_from_before_1971_is_dated_at_its_start_and_counted(long ageOrTimeMs)
    {
        var now = Days.StartMs(20_500);
        List<Send> sends = [Contact("today", null, now)];
        for (var i = 0; i < 26; i++) sends.Add(Contact($"old {i}", ageOrTimeMs, now));
        Step[] steps = [new SendStep(now, sends), new ReadStep(now), new BeginRebuildStep(now), new FinishRebuildStep(now), new ReadStep(now), new ReadStep(now + (100 * Days.MsPerDay))];
        var history = new History(0, SampleModel.Definition, steps, AllLive: false);
        Assert.Null(HistoryRun.Failure(history, h => new MachineTarget(new CompiledModel(h.Model))));
    }

    // What no timestamp can say, a wrong clock can.
    private static Send Contact(string id, long? time, long now) => time < -62_135_596_800_000
        ? new Send { Account = "acme", User = "u1", Name = "Contact Created", MessageId = id, TimestampMs = 0, SentAtMs = now - time, ReceivedAtMs = now }
        : new Send { Account = "acme", User = "u1", Name = "Contact Created", MessageId = id, TimestampMs = time, ReceivedAtMs = now };
}
