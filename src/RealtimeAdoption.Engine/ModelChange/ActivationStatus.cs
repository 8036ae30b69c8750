namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>An activation that is under way: begun durably, and not every partition has swapped. A restart goes on with it.</summary>
/// <param name="Model">Version of the model that is being activated.</param>
/// <param name="From">Version of the model that is in force until all partitions have swapped.</param>
/// <param name="By">Who asked for it; empty: not told.</param>
/// <param name="BegunAt">Receipt of its first journal record.</param>
/// <param name="Progress">How far it has come.</param>
public sealed record ActivationStatus(string Model, string From, string By, DateTimeOffset BegunAt, ModelProgress Progress)
{
    /// <summary>Null: nothing holds it up.</summary>
    public HistoryTrouble? Stuck { get; init; }
}

/// <summary>History that cannot be read. It is tried again by itself, and everything else goes on.</summary>
/// <param name="Partitions">Partitions that this is true of.</param>
/// <param name="First">The first of them.</param>
/// <param name="Since">When it was so first, in any of them.</param>
/// <param name="Reason">What the last try found in the first of them.</param>
public sealed record HistoryTrouble(int Partitions, int First, DateTimeOffset Since, string Reason);
