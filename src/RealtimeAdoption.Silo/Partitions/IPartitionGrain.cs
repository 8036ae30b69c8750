using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>The owner of a partition; the key is its index.</summary>
[Alias("RealtimeAdoption.Partition")]
public interface IPartitionGrain : IGrainWithIntegerKey
{
    /// <summary>The account's state as of the journal's end when it was asked, or later. Null: no such account.</summary>
    [Alias("Account")]
    Task<AccountReading?> Account(string account);

    /// <summary>Where it is once it has applied everything that was in the journal when it was asked.</summary>
    [Alias("CatchUp")]
    Task<PartitionPlace> CatchUp();

    /// <summary>The text of the model file that its accounts live by.</summary>
    [Alias("ModelText")]
    Task<string> ModelText();

    /// <summary>Stores a checkpoint, gives the partition up, and is activated again in whatever silo asks next.</summary>
    [Alias("HandOver")]
    Task HandOver();
}

/// <summary>An account's state in its stored form, and what is needed to read it.</summary>
/// <param name="Partition">Of the account.</param>
/// <param name="Day">The partition's day.</param>
/// <param name="Model">Hash of the model file's text.</param>
/// <param name="State">Of that model.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.AccountReading")]
public sealed record AccountReading([property: Id(0)] int Partition, [property: Id(1)] int Day, [property: Id(2)] ulong Model, [property: Id(3)] byte[] State);

/// <param name="Epoch">Of the owner.</param>
/// <param name="Applied">Position of the last record applied.</param>
/// <param name="Day">The partition's day.</param>
/// <param name="Accounts">It has so many.</param>
/// <param name="Remote">So many of them are handed out.</param>
/// <param name="Sequence">Of the last change in its feed.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.PartitionPlace")]
public sealed record PartitionPlace(
    [property: Id(0)] long Epoch, [property: Id(1)] long Applied, [property: Id(2)] int Day, [property: Id(3)] int Accounts, [property: Id(4)] int Remote, [property: Id(5)] long Sequence);
