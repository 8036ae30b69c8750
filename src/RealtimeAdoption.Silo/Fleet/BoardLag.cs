using System.Globalization;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>
/// For how long a board has lacked what is in the journal. Of each partition it notes how far the journal reached at each look, until the board has come that far: so nothing is asked of clocks, and it does not matter where what is
/// lacking waits. One thread, but for <see cref="Trouble"/>.
/// </summary>
/// <param name="partitions">Of the store.</param>
internal sealed class BoardLag(int partitions)
{
    /// <summary>A board that is behind for longer says so: as long as a wall that hears nothing calls its figures the present.</summary>
    internal const long SaidFromMs = 5_000;

    /// <summary>And goes on saying so until it is behind for no longer than this: a wall that says something else every second tells nobody anything.</summary>
    internal const long SaidUntilMs = 1_000;

    /// <summary>Of a partition. When there are more, every other one is forgotten: a board that is behind for minutes need not know it to the second.</summary>
    private const int LooksMax = 256;

    private readonly List<(long End, long AtMs)>[] looks = [.. Enumerable.Range(0, partitions).Select(_ => new List<(long, long)>())];
    private volatile string? trouble;

    /// <summary>One sentence for the operator; null: the board is not behind.</summary>
    public string? Trouble => trouble;

    /// <param name="applied">By partition: how far the board has it; null: that is not known. Empty: of none.</param>
    /// <param name="endOf">How far a partition's journal reaches now.</param>
    /// <param name="nowMs">Of the process.</param>
    public void Look(IReadOnlyList<long?> applied, Func<int, long> endOf, long nowMs)
    {
        var (worst, longestMs, behind) = (-1, 0L, 0);
        for (var partition = 0; partition < partitions; partition++)
        {
            var sinceMs = BehindSince(looks[partition], partition < applied.Count ? applied[partition] : null, endOf(partition), nowMs);
            if (sinceMs is not { } since || nowMs - since <= SaidUntilMs) continue;
            behind++;
            if (nowMs - since > longestMs) (worst, longestMs) = (partition, nowMs - since);
        }

        if (longestMs <= (trouble is null ? SaidFromMs : SaidUntilMs)) trouble = null;
        else trouble = string.Create(CultureInfo.InvariantCulture, $"what came in {longestMs / 1000} s ago is not in the figures yet: partition {worst}{(behind > 1 ? $" and {behind - 1} more are" : " is")} behind.");
    }

    // Null: it is not.
    private static long? BehindSince(List<(long End, long AtMs)> looks, long? applied, long end, long nowMs)
    {
        if (applied is not { } place)
        {
            looks.Clear();
            return null;
        }

        looks.RemoveAll(look => look.End <= place);
        if (end > (looks.Count == 0 ? place : looks[^1].End)) looks.Add((end, nowMs));
        // The first one stays: it is what the board lacks for longest.
        if (looks.Count > LooksMax)
        {
            for (var i = looks.Count - 2; i > 0; i -= 2) looks.RemoveAt(i);
        }

        return looks.Count == 0 ? null : looks[0].AtMs;
    }
}
