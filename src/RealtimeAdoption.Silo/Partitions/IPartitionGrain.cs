using Orleans.Concurrency;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Users;

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

    /// <summary>Where it is now.</summary>
    [Alias("Place")]
    Task<PartitionPlace> Place();

    /// <summary>The text of the model file that its accounts live by.</summary>
    [Alias("ModelText")]
    Task<string> ModelText();

    /// <summary>Its place, with its model and the day of the clock: an empty partition, and one whose days have passed in silence, is given its first records.</summary>
    [Alias("OpenDay")]
    Task<PartitionPlace> OpenDay();

    /// <summary>The model that it lives by, and how far it is with the next one.</summary>
    [Alias("Model")]
    Task<PartitionModel> Model();

    /// <summary>Begins the activation of a model here, or goes on with it. Its coordinator alone calls it, again and again.</summary>
    [Alias("BringForward")]
    Task<PartitionModel> BringForward(string text, int generation, string by);

    /// <summary>The first rows of an <see cref="Engine.Fleet.AccountQuery"/>.</summary>
    [Alias("Accounts")]
    Task<PartitionPage> Accounts(byte[] query);

    /// <summary>The first alerts of an <see cref="Engine.Alerts.AlertQuery"/>.</summary>
    [Alias("Alerts")]
    Task<PartitionPage> Alerts(byte[] query);

    /// <summary>What it has of the storms of an <see cref="Engine.Alerts.AlertQuery"/>.</summary>
    [Alias("AlertStorms")]
    Task<PartitionPage> AlertStorms(byte[] query);

    [Alias("ScoreMovers")]
    Task<PartitionPage> ScoreMovers();

    /// <summary>Of an account's changes those that no store has yet. Null: no such account.</summary>
    [Alias("History")]
    Task<PartitionPage?> History(string account, long before, int limit);

    /// <summary>Of its changes those that no store has yet.</summary>
    [Alias("Feed")]
    Task<PartitionPage> Feed(long after, int limit);

    [Alias("Quarantine")]
    Task<PartitionPage> Quarantine();

    /// <summary>Asks for a record in quarantine to be counted again. False: it is not there.</summary>
    [Alias("Release")]
    Task<bool> Release(long position);

    /// <summary>Some of its users from a place on, for a silo that starts; from then on the silo is told of later ones.</summary>
    [Alias("Users")]
    Task<DirectoryPage> Users(string silo, int from, int count);

    /// <summary>Completes when every silo knows the users that the journal holds up to a position.</summary>
    [Alias("UsersTold")]
    Task UsersTold(long through);

    /// <summary>Begins its part of a preview, or tells how far it is; one that another owner has begun is begun anew.</summary>
    [Alias("Preview")]
    Task<PartitionWork> Preview(Guid run, string text, int movesMax);

    /// <summary>Begins its part of a verification, or tells how far it is.</summary>
    [Alias("Verify")]
    Task<PartitionWork> Verify(Guid run);

    /// <summary>Ends its part, done or not.</summary>
    [Alias("EndWork")]
    Task EndWork(Guid run);

    /// <summary>Stores a checkpoint, gives the partition up, and begins again in the silo that has its queue now.</summary>
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
/// <param name="Refusal">Why no door should take anything more; null: there is room.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.PartitionPlace")]
public sealed record PartitionPlace(
    [property: Id(0)] long Epoch, [property: Id(1)] long Applied, [property: Id(2)] int Day, [property: Id(3)] int Accounts, [property: Id(4)] int Remote, [property: Id(5)] long Sequence,
    [property: Id(6)] string? Refusal = null);
