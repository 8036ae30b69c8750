using System.Collections;
using System.Globalization;
using System.Text;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Storage;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>
/// What was sent and what was acknowledged, held against the journal itself, segment by segment as it lies in the store: what was acknowledged is there, nothing is there that was
/// not sent, and no id twice that the server must remember. Thread-safe in what the senders call.
/// </summary>
/// <param name="eventsPerBatch">Each batch has so many.</param>
/// <param name="lateDays">Of the model: ids of older events are not remembered, and meet the rebuild.</param>
public sealed class CrashLedger(int eventsPerBatch, int lateDays)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, BitArray> stored = [];
    private readonly List<int> acknowledged = [];
    private readonly Dictionary<int, PartitionEnd> ends = [];

    /// <summary>Events of the journal that were told apart so far.</summary>
    public long Events { get; private set; }

    public void Sending(TrafficBatch batch)
    {
        lock (gate) stored.TryAdd(batch.Number, new BitArray(eventsPerBatch));
    }

    public void Acknowledged(TrafficBatch batch)
    {
        lock (gate) acknowledged.Add(batch.Number);
    }

    /// <summary>Takes what has come to the journal, and looks for all that was acknowledged. Returns the ticks and activations that the server was killed in the midst of.</summary>
    /// <param name="segments">Each partition's in order.</param>
    /// <param name="restartedAt">By the servers' clock: what was received from then on is the new server's.</param>
    public Underway Take(IReadOnlyList<StoredSegment> segments, DateTimeOffset restartedAt)
    {
        var atDeath = new Dictionary<int, PartitionEnd>();
        foreach (var segment in segments)
        {
            // What the new server appends says nothing of the old one's end.
            if (segment.Head.ReceivedFromMs >= restartedAt.ToUnixTimeMilliseconds()) atDeath.TryAdd(segment.Head.Partition, ends.GetValueOrDefault(segment.Head.Partition));
            Take(segment);
        }

        foreach (var (partition, end) in ends) atDeath.TryAdd(partition, end);
        lock (gate)
        {
            foreach (var number in acknowledged)
                Assert.True(stored[number].HasAllSet(), $"Batch {number} was acknowledged, and {stored[number].Cast<bool>().Count(isThere => !isThere)} of its events are not in the journal.");
            acknowledged.Clear();
        }

        if (atDeath.Count == 0) return Underway.None;
        var newest = atDeath.Values.Max(end => end.Day);
        var isTick = atDeath.Values.Any(end => end.Day < newest || end.IsTickLast);
        return (isTick ? Underway.Tick : Underway.None) | (atDeath.Values.Any(end => end.IsActivating) ? Underway.Activation : Underway.None);
    }

    private void Take(StoredSegment stored)
    {
        var head = stored.Head;
        var end = ends.GetValueOrDefault(head.Partition);
        Assert.True(head.FirstPosition == end.Position + 1, $"Partition {head.Partition} goes on at {head.FirstPosition} after {end.Position}.");
        Assert.True(SegmentCodec.Checksum(head, stored.Body) == stored.Checksum, $"The segment with position {head.FirstPosition} of partition {head.Partition} does not match its checksum.");
        var records = new byte[head.Length];
        Assert.True(SegmentCodec.TryUnpack(head.Packing, stored.Body, records), "A segment cannot be unpacked.");
        end.IsTickLast = false;
        for (var at = 0; at < records.Length;)
        {
            var record = new Record(records.AsSpan(at));
            at += record.Length;
            if (record.Kind == RecordKind.Usage) Take(record);
            end.IsTickLast |= record.Kind == RecordKind.Tick;
            end.Day = Math.Max(end.Day, Days.Of(record.ReceivedAtMs));
            // A partition's first model takes effect at once.
            if (record.Kind == RecordKind.Model) (end.HasModel, end.IsActivating) = (true, end.HasModel);
            if (record.Kind == RecordKind.Activated) end.IsActivating = false;
        }

        end.Position = head.FirstPosition + head.Count - 1;
        ends[head.Partition] = end;
    }

    private void Take(in Record record)
    {
        // b<batch>-<event>
        var id = Encoding.ASCII.GetString(record.MessageId);
        var parts = id[1..].Split('-');
        var (batch, index) = (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
        lock (gate)
        {
            Assert.True(stored.TryGetValue(batch, out var events) && index < eventsPerBatch, $"The journal holds {id}, which was never sent.");
            var isForgotten = Days.Of(record.TimeMs) < Days.Of(record.ReceivedAtMs) - lateDays;
            Assert.True(!events[index] || isForgotten, $"The journal holds {id} twice.");
            events[index] = true;
            Events++;
        }
    }

    /// <summary>Where a partition's journal ended.</summary>
    private record struct PartitionEnd(long Position, int Day, bool IsTickLast, bool HasModel, bool IsActivating);
}
