using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>What has come from the journal and is not applied yet: one buffer fills while runs are taken from the other.</summary>
internal sealed class Incoming(int partition) : IDisposable
{
    private RecordBuffer filling = new();
    private RecordBuffer taken = new();
    private int offset;
    private int left;

    /// <summary>Of the last record that came.</summary>
    public long Last { get; set; }

    /// <summary>Records that no run has taken.</summary>
    public int Count => left + filling.Count;

    public long Bytes => taken.Length - offset + filling.Length;

    /// <summary>Copies what is new of a segment.</summary>
    public void Take(Segment segment)
    {
        var rest = segment.Records.Span;
        for (var position = segment.FirstPosition; position <= segment.LastPosition; position++)
        {
            var record = new Record(rest);
            rest = rest[record.Length..];
            if (position <= Last) continue;
            filling.Copy(record.Bytes);
            Last = position;
        }
    }

    /// <summary>The next record; there must be one. Valid until the next call.</summary>
    public Record Peek()
    {
        if (left == 0)
        {
            (filling, taken) = (taken, filling);
            filling.Clear();
            (offset, left) = (0, taken.Count);
        }

        return new Record(taken.Written[offset..]);
    }

    /// <summary>The next records, at most so many, up to one that is a barrier; where that is the first, it alone. Its memory holds until all of it is taken and the next one is looked at.</summary>
    public Segment Next(int max)
    {
        var first = Last - Count + 1;
        var (from, count) = (offset, 0);
        while (left > 0 && count < max)
        {
            var record = new Record(taken.Written[offset..]);
            var isBarrier = IsBarrier(record);
            if (isBarrier && count > 0) break;
            offset += record.Length;
            left--;
            count++;
            if (isBarrier) break;
        }

        return new Segment(partition, first, count, taken.WrittenMemory[from..offset]);
    }

    /// <summary>What moves the day, the model or states as a whole: records before it are applied before it, and those behind it are judged behind it.</summary>
    public static bool IsBarrier(in Record record) =>
        record.Kind is RecordKind.Tick or RecordKind.Model or RecordKind.Activated or RecordKind.Rebuilt or RecordKind.Quarantine;

    public void Dispose()
    {
        filling.Dispose();
        taken.Dispose();
    }
}
