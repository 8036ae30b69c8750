namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A model that a partition is to live by, as its journal tells it.</summary>
/// <param name="Text">Of the model file.</param>
/// <param name="Generation">0 for the store's first model, one more with each activation: tells which of two partitions' models is the later one.</param>
/// <param name="By">Who asked for it; empty: not told.</param>
public readonly record struct ModelWish(string Text, int Generation, string By);
