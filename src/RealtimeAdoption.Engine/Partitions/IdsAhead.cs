using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Asks for the memory that judging the ids of some drafts will read, some drafts before they are appended: first for what leads to each id's line, then for all the lines in one breath. Where a line's page is not
/// known to the processor the request itself waits for it; several at once wait for one another's time only.
/// </summary>
public ref struct IdsAhead
{
    /// <summary>Of which the lines are asked for at once.</summary>
    public const int Group = 16;

    private Indexes indexes;
    private Fingerprints fingerprints;
    private int count;

    [InlineArray(Group)]
    private struct Indexes
    {
        private IdIndex first;
    }

    [InlineArray(Group)]
    private struct Fingerprints
    {
        private ulong first;
    }

    internal void Add(IdIndex index, ulong fingerprint)
    {
        index.PrefetchWay(fingerprint);
        indexes[count] = index;
        fingerprints[count] = fingerprint;
        if (++count == Group) Fetch();
    }

    /// <summary>After the last draft: asks for the lines that have not been asked for.</summary>
    public void Fetch()
    {
        for (var i = 0; i < count; i++) indexes[i].Prefetch(fingerprints[i]);
        count = 0;
    }
}
