using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Answers;

/// <summary>
/// Where a page ended, as text that clients hand back and do not read: base64url of a version, the hash of the list (its name, filters and order), the last row's key
/// and its id. The hash keeps a cursor from being used with another query; it is no signature, and a made-up cursor only pages from elsewhere.
/// </summary>
internal static class PageCursor
{
    public const string Unreadable = "It is not a cursor of this API; use next_cursor of the page before as it came.";
    private const byte Version = 1;
    private const int HeadSize = 11;
    private const int MaxLength = 4096;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What a list is, for its cursors. A changed default or order must not reuse old cursors, so everything that decides rows or order goes in.</summary>
    public static ulong ListOf(params ReadOnlySpan<string?> parts)
    {
        var hash = (ulong)parts.Length;
        foreach (var part in parts) hash = StableHash.Combine(hash, part is null ? 0 : StableHash.Of(part) | 1);
        return hash;
    }

    public static string Write(ulong list, string key, string id)
    {
        var keyBytes = Strict.GetBytes(key);
        var idBytes = Strict.GetBytes(id);
        var bytes = new byte[HeadSize + keyBytes.Length + idBytes.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), list);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(9), checked((ushort)keyBytes.Length));
        keyBytes.CopyTo(bytes, HeadSize);
        idBytes.CopyTo(bytes, HeadSize + keyBytes.Length);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryRead(string text, ulong list, [NotNullWhen(true)] out string? key, [NotNullWhen(true)] out string? id, out string detail)
    {
        key = id = null;
        detail = Unreadable;
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return false;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length < HeadSize || bytes[0] != Version) return false;
        var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(9));
        if (bytes.Length < HeadSize + keyLength) return false;
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(1)) != list)
        {
            detail = "It is the cursor of another query; keep filters and sort as they were, or start without a cursor.";
            return false;
        }

        try
        {
            key = Strict.GetString(bytes, HeadSize, keyLength);
            id = Strict.GetString(bytes.AsSpan(HeadSize + keyLength));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
