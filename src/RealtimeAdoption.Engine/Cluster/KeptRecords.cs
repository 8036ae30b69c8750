using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>Records that accounts elsewhere have taken since their states were last seen, each account's in a chain from its latest back.</summary>
internal sealed class KeptRecords : IDisposable
{
    /// <summary>The end of a chain.</summary>
    public const int None = -1;

    private readonly RecordBuffer records = new();
    private readonly List<(long Position, int Offset, int Before)> entries = [];

    public long Bytes => records.Length;

    /// <summary>Keeps a record behind the account's latest one; returns its place.</summary>
    public int Add(in Record record, long position, int before)
    {
        entries.Add((position, records.Length, before));
        records.Copy(record.Bytes);
        return entries.Count - 1;
    }

    /// <summary>Places of a chain that are behind a position, in order.</summary>
    public Stack<int> After(long position, int latest)
    {
        var places = new Stack<int>();
        for (var at = latest; at != None && entries[at].Position > position; at = entries[at].Before) places.Push(at);
        return places;
    }

    public Record At(int place, out long position)
    {
        (position, var offset, _) = entries[place];
        return new Record(records.Written[offset..]);
    }

    public void Clear()
    {
        records.Clear();
        entries.Clear();
    }

    public void Dispose() => records.Dispose();
}
