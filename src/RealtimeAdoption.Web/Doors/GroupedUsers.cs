using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Which account each user was grouped into by the messages so far of one request. Not thread-safe.</summary>
internal sealed class GroupedUsers
{
    // Seeded per process: a sender cannot search users that collide. The user is compared all the same.
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();
    private readonly Dictionary<ulong, (byte[] User, byte[] Account)> accounts = [];

    public void Set(ReadOnlySpan<byte> user, ReadOnlySpan<byte> account) => accounts[StableHash.Of(user, Seed)] = (user.ToArray(), account.ToArray());

    public bool TryFind(ReadOnlySpan<byte> user, out ReadOnlySpan<byte> account)
    {
        account = default;
        if (!accounts.TryGetValue(StableHash.Of(user, Seed), out var found) || !user.SequenceEqual(found.User)) return false;
        account = found.Account;
        return true;
    }
}
