using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// What happened to the accounts of a rebuild pass after the position that the pass rebuilds through: their records, and the partition's ticks, in journal
/// order, to be applied on top. Historic records are not in it: their mark lives on in the account that is swapped out.
/// </summary>
internal sealed class RebuildTail : IDisposable
{
    private readonly RecordBuffer records = new();
    private readonly List<(long Position, int Day, int Offset)> entries = [];

    public int Count => entries.Count;

    /// <summary>Of the records.</summary>
    public long Bytes => records.Length;

    /// <param name="record">Of an account in the pass, or a tick.</param>
    /// <param name="position">Of the record.</param>
    /// <param name="day">The partition's day when it was applied; for a tick the day that it opened.</param>
    public void Add(in Record record, long position, int day)
    {
        if (record.Has(RecordFlags.Historic)) return;
        entries.Add((position, day, records.Length));
        records.Copy(record.Bytes);
    }

    public Record At(int index, out long position, out int day)
    {
        (position, day, var offset) = entries[index];
        return new Record(records.Written[offset..]);
    }

    public void Dispose() => records.Dispose();
}
