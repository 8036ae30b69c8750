using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace RealtimeAdoption.Web.Auth;

/// <summary>A key's owner as records name it: a short fingerprint, never the key. Stable over restarts and the order of the configuration.</summary>
public sealed class WriteSource
{
    private long bytesInFlight;

    internal WriteSource(string name)
    {
        Name = name;
        NameBytes = Encoding.UTF8.GetBytes(name);
    }

    /// <summary><c>key-</c> and 12 hexadecimal digits.</summary>
    public string Name { get; }

    public ReadOnlyMemory<byte> NameBytes { get; }

    /// <summary>Counts a body of this key in; false: the key has too much in work. A body that is larger than the bound is taken alone.</summary>
    internal bool TryEnter(int bytes, long bytesMax)
    {
        var taken = Interlocked.Add(ref bytesInFlight, bytes);
        if (taken <= bytesMax || taken == bytes) return true;
        Leave(bytes);
        return false;
    }

    internal void Leave(int bytes) => Interlocked.Add(ref bytesInFlight, -bytes);
}

/// <summary>
/// The configured keys. Presented keys are hashed and compared with every configured hash in constant time, so neither the time taken nor
/// memory tells how near a guess is. Immutable, thread-safe.
/// </summary>
public sealed class KeyRing
{
    private const int PresentedBytesMax = 1024;
    private readonly (byte[] Hash, WriteSource Source)[] writers;
    private readonly (byte[] Hash, WriteSource Source)[] readers;
    private readonly (byte[] Hash, WriteSource Source)[] admins;

    public KeyRing(IOptions<AuthOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        writers = Hashed(options.Value.WriteKeys);
        readers = Hashed(options.Value.ReadKeys);
        admins = Hashed(options.Value.AdminKeys);
        Anonymous = options.Value.Anonymous;
    }

    public bool Anonymous { get; }

    /// <summary>Who acts without a key, where <see cref="Anonymous"/> lets them.</summary>
    public WriteSource Nobody { get; } = new("anonymous");

    /// <summary>Null: no such write key.</summary>
    public WriteSource? FindWriter(ReadOnlySpan<byte> key) => Find(writers, key);

    /// <summary>A read key's owner, or an admin key's. Null: neither.</summary>
    public WriteSource? FindReader(ReadOnlySpan<byte> key)
    {
        var (reader, admin) = (Find(readers, key), Find(admins, key));
        return reader ?? admin;
    }

    /// <summary>Null: no such admin key.</summary>
    public WriteSource? FindAdmin(ReadOnlySpan<byte> key) => Find(admins, key);

    private static (byte[] Hash, WriteSource Source)[] Hashed(IList<string> keys) =>
    [
        .. keys.Select(key =>
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

            // Of the hash's hash: the name is shown and stored, and must not shorten a guess at the hash itself.
            return (hash, new WriteSource($"key-{Convert.ToHexStringLower(SHA256.HashData(hash).AsSpan(0, 6))}"));
        }),
    ];

    private static WriteSource? Find((byte[] Hash, WriteSource Source)[] owners, ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty || key.Length > PresentedBytesMax) return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        WriteSource? found = null;
        foreach (var owner in owners)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, owner.Hash)) found = owner.Source;
        }

        return found;
    }
}

/// <summary>The key that a request's Authorization header presents.</summary>
public static class PresentedKey
{
    /// <summary>
    /// Writes the key of <c>Bearer KEY</c> or of HTTP Basic's user name into <paramref name="buffer"/>. False without a header; a header that cannot be
    /// read gives an empty key, which no ring knows.
    /// </summary>
    public static bool TryRead(HttpContext context, Span<byte> buffer, out ReadOnlySpan<byte> key)
    {
        ArgumentNullException.ThrowIfNull(context);
        key = default;
        var header = context.Request.Headers.Authorization;
        if (header.Count == 0) return false;
        var text = header.Count == 1 ? header.ToString().AsSpan().Trim() : default;
        if (text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            if (Encoding.UTF8.TryGetBytes(text[7..].Trim(), buffer, out var written)) key = buffer[..written];
        }
        else if (text.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && Convert.TryFromBase64Chars(text[6..].Trim(), buffer, out var written))
        {
            var colon = buffer[..written].IndexOf((byte)':');
            key = buffer[..(colon < 0 ? written : colon)];
        }

        return true;
    }
}
