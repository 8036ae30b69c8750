using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

/// <summary>The account that each user was last grouped into. Keyed by the user's 64-bit hash. Readers take no lock. Thread-safe.</summary>
internal sealed class UserDirectory
{
    private readonly ConcurrentDictionary<ulong, string> accounts = new();

    public void Learn(string user, string account) => accounts[StableHash.Of(Encoding.UTF8.GetBytes(user))] = account;

    public bool TryFind(ReadOnlySpan<byte> user, [MaybeNullWhen(false)] out string account) => accounts.TryGetValue(StableHash.Of(user), out account);
}
