namespace RealtimeAdoption.Engine.Partitions;

/// <summary>What is stored of an activation under way.</summary>
/// <param name="Wish">The model.</param>
/// <param name="Position">Of the record that began it.</param>
/// <param name="AtMs">Receipt of that record.</param>
/// <param name="Day">The partition's day then.</param>
/// <param name="Accounts">How many accounts there were then: those with smaller numbers.</param>
internal readonly record struct ActivationBegin(ModelWish Wish, long Position, long AtMs, int Day, int Accounts);
