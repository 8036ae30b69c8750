using System.Collections.Concurrent;
using System.Text;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo.Users;

/// <summary>
/// The account that each user was last grouped into, of all partitions: filled when the silo starts, and told of every later grouping before its sender is answered. Keyed by the user's 64-bit hash. Readers take no lock. Thread-safe.
/// </summary>
public sealed class SiloDirectory
{
    private readonly ConcurrentDictionary<ulong, Place> accounts = new();

    // As of which position of the user's partition: what was sent earlier may come later.
    private readonly record struct Place(string Account, long Through);

    /// <summary>What is known as of a later position stays.</summary>
    public void Learn(DirectoryNews news)
    {
        ArgumentNullException.ThrowIfNull(news);
        // Only the last of each user is ever seen.
        var latest = new Dictionary<ulong, string>(news.Users.Length);
        foreach (var (user, account) in news.Users) latest[StableHash.Of(Encoding.UTF8.GetBytes(user))] = account;
        foreach (var (user, account) in latest)
        {
            var learned = new Place(account, news.Through);
            accounts.AddOrUpdate(user, static (_, fresh) => fresh, static (_, known, fresh) => fresh.Through >= known.Through ? fresh : known, learned);
        }
    }

    public bool TryFind(ReadOnlySpan<byte> user, out string account)
    {
        var isFound = accounts.TryGetValue(StableHash.Of(user), out var place);
        account = isFound ? place.Account : "";
        return isFound;
    }
}
