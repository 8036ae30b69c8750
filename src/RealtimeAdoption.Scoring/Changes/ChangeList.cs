using System.Buffers;
using System.Collections;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;

namespace RealtimeAdoption.Scoring.Changes;

/// <summary>
/// The changes that accounts tell, in their order, each in its stored form: most are kept as bytes and looked at by nobody, so objects are made when somebody reads. One thread.
/// </summary>
public sealed class ChangeList : IReadOnlyList<Change>
{
    private readonly ArrayBufferWriter<byte> bytes = new();
    private readonly List<Entry> entries = [];

    private readonly record struct Entry(ChangeType Type, int Start, int Length, Change? Change);

    public int Count => entries.Count;

    public Change this[int index] => entries[index].Change ?? ChangeBytes.Read(BytesOf(index));

    /// <summary>Valid until the next change.</summary>
    public ReadOnlySpan<byte> BytesOf(int index) => bytes.WrittenSpan.Slice(entries[index].Start, entries[index].Length);

    public ChangeType TypeOf(int index) => entries[index].Type;

    public void Add(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var start = bytes.WrittenCount;
        ChangeBytes.Write(bytes, change);
        entries.Add(new Entry(change.Type, start, bytes.WrittenCount - start, change));
    }

    /// <summary>A change of the score from the recorded one, the same as <see cref="Add"/> would write it.</summary>
    internal void AddScore(in AccountBlock block, in ChangePlace place, in ScoreCause cause, scoped in ScoreStanding to)
    {
        var start = bytes.WrittenCount;
        ChangeBytes.WriteScore(bytes, block, place, cause, to);
        entries.Add(new Entry(ChangeType.ScoreChanged, start, bytes.WrittenCount - start, null));
    }

    public void Clear()
    {
        bytes.ResetWrittenCount();
        entries.Clear();
    }

    public IEnumerator<Change> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
