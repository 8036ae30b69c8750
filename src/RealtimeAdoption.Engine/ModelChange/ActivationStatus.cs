namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>An activation that is under way: begun durably, and not every partition has swapped. A restart goes on with it.</summary>
/// <param name="Model">Version of the model that is being activated.</param>
/// <param name="From">Version of the model that is in force until all partitions have swapped.</param>
/// <param name="By">Who asked for it; empty: not told.</param>
/// <param name="BegunAt">Receipt of its first journal record.</param>
/// <param name="Progress">How far it has come.</param>
public sealed record ActivationStatus(string Model, string From, string By, DateTimeOffset BegunAt, ModelProgress Progress);
