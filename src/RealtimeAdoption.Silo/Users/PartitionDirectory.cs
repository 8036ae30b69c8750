namespace RealtimeAdoption.Silo.Users;

/// <summary>The users of one partition, kept by its owner for silos that start, and those among them that not every silo has been told of. One thread at a time.</summary>
internal sealed class PartitionDirectory
{
    // Another owner loads them in another order.
    private readonly long order = Random.Shared.NextInt64(1, long.MaxValue);
    private readonly List<UserAccount> users = [];
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private List<UserAccount> untold = [];
    private bool isTelling;
    private long toldThrough;

    public bool HasUntold => untold.Count > 0;

    /// <summary>From a checkpoint: every silo that was there then knows it.</summary>
    public void Load(string user, string account)
    {
        if (places.TryAdd(user, users.Count)) users.Add(new UserAccount(user, account));
        else users[places[user]] = new UserAccount(user, account);
    }

    /// <summary>From the journal.</summary>
    public void Learn(string user, string account)
    {
        Load(user, account);
        untold.Add(new UserAccount(user, account));
    }

    /// <summary>What is to be told to every silo; <see cref="Told"/> when it is.</summary>
    public UserAccount[] BeginTelling()
    {
        (var telling, untold, isTelling) = (untold, [], true);
        return [.. telling];
    }

    public void Told(long through) => (toldThrough, isTelling) = (through, false);

    /// <summary>Every silo knows what was learned up to a position, which is applied.</summary>
    public bool IsTold(long through) => toldThrough >= through || (!HasUntold && !isTelling);

    /// <summary>So many users from a place on; one that changes behind it meanwhile is told.</summary>
    public DirectoryPage Page(int partition, long through, int from, int count)
    {
        var end = Math.Min(users.Count, from + count);
        return new DirectoryPage(new DirectoryNews(partition, through, [.. users.Skip(from).Take(count)]), end < users.Count ? end : 0, order);
    }
}
