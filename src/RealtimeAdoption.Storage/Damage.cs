using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Storage;

/// <summary>How damage of checkpoints is told, by either store.</summary>
internal static class Damage
{
    /// <param name="what">Which row.</param>
    /// <param name="where">File or schema.</param>
    /// <param name="inner">What reading it gave, if that says more.</param>
    public static SnapshotDamagedException Of(string what, string where, Exception? inner = null) =>
        new($"{what} in {where} is damaged. Everything there is made again from the journal: of the whole partition, at the next start.", inner);

    /// <summary>Whoever found it has left word.</summary>
    public static SnapshotDamagedException Found(int partition, string where, string what) =>
        new($"Of partition {partition} in {where} something was found damaged before: {what}");
}
