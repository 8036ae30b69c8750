using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// An id in a path, read from the request line as sent: routing decodes all escapes but %2F, so that from its value an id with a slash cannot be told from one with the
/// letters %2F.
/// </summary>
internal static class RawPath
{
    /// <summary>A type, a subject with its escapes, an account.</summary>
    public const int AlertIdBytesMax = 2048;

    /// <summary>False: empty, over the bytes as UTF-8, or with a NUL.</summary>
    public static bool TryRead(HttpContext context, string before, string routeValue, int bytesMax, out string id)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var at = raw.IndexOf(before, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
        {
            var rest = raw.AsSpan(at + before.Length);
            var end = rest.IndexOfAny('/', '?');
            id = Uri.UnescapeDataString(end < 0 ? rest : rest[..end]);
        }
        else
        {
            id = context.GetRouteValue(routeValue) as string ?? "";
        }

        return id.Length > 0 && id.Length <= bytesMax && !id.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(id) <= bytesMax;
    }
}
