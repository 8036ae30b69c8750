using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// The account id in a path /v1/accounts/{account}. Read from the request line as sent: routing decodes all escapes but %2F, so that from its value an id with a slash
/// cannot be told from one with the letters %2F.
/// </summary>
public static class AccountPath
{
    public const int IdBytesMax = 255;
    private const string Before = "/v1/accounts/";

    /// <summary>False: empty, over 255 bytes as UTF-8, or with a NUL.</summary>
    public static bool TryRead(HttpContext context, out string account)
    {
        ArgumentNullException.ThrowIfNull(context);
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var at = raw.IndexOf(Before, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
        {
            var id = raw.AsSpan(at + Before.Length);
            var end = id.IndexOfAny('/', '?');
            account = Uri.UnescapeDataString(end < 0 ? id : id[..end]);
        }
        else
        {
            account = context.GetRouteValue("account") as string ?? "";
        }

        return account.Length is > 0 and <= IdBytesMax && !account.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(account) <= IdBytesMax;
    }
}
