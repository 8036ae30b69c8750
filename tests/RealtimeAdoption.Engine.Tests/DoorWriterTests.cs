using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>What a door of a cluster appends.</summary>
public sealed class DoorWriterTests : IDisposable
{
    private readonly DoorWriter writer = new(0, new ModelWish(Sample.ModelText, 0, ""));

    [Fact]
    public void An_empty_journal_begins_with_the_model_and_the_day_s_tick()
    {
        writer.Begin(default, Sample.Start);
        Append(Sample.Event("one", Sample.Start));

        Assert.Equal([RecordKind.Model, RecordKind.Tick, RecordKind.Usage], Kinds());
        Assert.Equal(1, writer.Segment.FirstPosition);
        Assert.Equal(new DoorHead(3, Sample.Start), writer.Head);
    }

    [Fact]
    public void Every_missed_day_gets_its_tick_and_nothing_is_written_on_a_day_that_is_open()
    {
        writer.Begin(new DoorHead(10, Sample.Start), Sample.Start + (3 * Sample.Day));
        Assert.Equal([RecordKind.Tick, RecordKind.Tick, RecordKind.Tick], Kinds());
        Assert.Equal(new DoorHead(13, Sample.Start + (3 * Sample.Day)), writer.Head);

        writer.Begin(writer.Head, Sample.Start + (3 * Sample.Day) + Sample.Hour);
        Assert.Equal(0, writer.Segment.Count);
        Assert.Equal(13, writer.Head.Position);
    }

    [Fact]
    public void A_clock_that_is_behind_the_journal_stamps_the_journal_s_time()
    {
        writer.Begin(new DoorHead(10, Sample.Start), Sample.Start - Sample.Hour);
        Append(Sample.Event("one", 0));
        Append(Sample.Event("two", 0, timestamp: Sample.Start + Sample.Hour));

        Read(0, record => Assert.Equal((Sample.Start, Sample.Start), (record.ReceivedAtMs, record.TimeMs)));
        Read(1, record => Assert.Equal((Sample.Start, Sample.Start), (record.ReceivedAtMs, record.TimeMs)));
        Read(0, record => Assert.True(record.Has(RecordFlags.Unjudged)));
    }

    [Fact]
    public void The_future_is_refused_and_an_import_is_historic()
    {
        writer.Begin(new DoorHead(10, Sample.Start), Sample.Start);
        Assert.Equal(IntakeOutcome.TimestampInFuture, Append(Sample.Event("one", 0, timestamp: Sample.Start + Sample.Day + 1)));
        Assert.Equal(IntakeOutcome.Accepted, Append(Sample.Event("two", 0, timestamp: Sample.Start) with { Import = true }));

        Assert.Equal(1, writer.Segment.Count);
        Read(0, record => Assert.True(record.Has(RecordFlags.Historic)));
    }

    [Fact]
    public void Begun_again_it_follows_on_the_other_head()
    {
        writer.Begin(new DoorHead(10, Sample.Start), Sample.Start);
        Append(Sample.Event("one", 0));
        writer.Begin(new DoorHead(12, Sample.Start + Sample.Hour), Sample.Start);
        Append(Sample.Event("one", 0));

        Assert.Equal((13, 1), (writer.Segment.FirstPosition, writer.Segment.Count));
        Read(0, record => Assert.Equal(Sample.Start + Sample.Hour, record.ReceivedAtMs));
    }

    [Fact]
    public void Records_of_an_owner_keep_what_they_say_but_for_their_receipt()
    {
        using var own = new RecordBuffer();
        PartitionRecords.WriteRebuilt(own, 7, [1, 2], Sample.Start);
        writer.Begin(new DoorHead(10, Sample.Start + Sample.Hour), Sample.Start);
        writer.AppendOwn(own.Written);

        Read(0, record => Assert.Equal((RecordKind.Rebuilt, Sample.Start, Sample.Start + Sample.Hour, RecordFlags.None), (record.Kind, record.TimeMs, record.ReceivedAtMs, record.Flags)));
    }

    public void Dispose() => writer.Dispose();

    private IntakeOutcome Append(Send send)
    {
        using var buffer = new RecordBuffer();
        SendDraft.Write(buffer, send, 5);
        return writer.Append(buffer.Written);
    }

    private List<RecordKind> Kinds()
    {
        var kinds = new List<RecordKind>();
        for (var i = 0; i < writer.Segment.Count; i++) Read(i, record => kinds.Add(record.Kind));
        return kinds;
    }

    private delegate void Reading(Record record);

    private void Read(int index, Reading read)
    {
        var rest = writer.Segment.Records.Span;
        for (; index > 0; index--) rest = rest[new Record(rest).Length..];
        read(new Record(rest));
    }
}
