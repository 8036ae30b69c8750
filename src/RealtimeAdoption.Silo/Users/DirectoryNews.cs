using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Users;

/// <summary>A user, and the account that they were last grouped into.</summary>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.UserAccount")]
public readonly record struct UserAccount([property: Id(0)] string User, [property: Id(1)] string Account);

/// <summary>What a partition's owner has learned of users.</summary>
/// <param name="Partition">Of the users.</param>
/// <param name="Through">They are as of this position, or later.</param>
/// <param name="Users">In the order in which they were learned.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.DirectoryNews")]
public sealed record DirectoryNews([property: Id(0)] int Partition, [property: Id(1)] long Through, [property: Id(2)] UserAccount[] Users);

/// <summary>A part of what a partition's owner knows of users.</summary>
/// <param name="News">That part.</param>
/// <param name="Next">Where the next part begins; 0: there is none.</param>
/// <param name="Order">Of the order in which this owner has them: parts of another order do not follow. 0: of an owner that does not tell.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.DirectoryPage")]
public sealed record DirectoryPage([property: Id(0)] DirectoryNews News, [property: Id(1)] int Next, [property: Id(2)] long Order = 0);
