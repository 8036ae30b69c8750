using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Doors;

/// <summary>The account id in a path /v1/accounts/{account}, see <see cref="RawPath"/>.</summary>
public static class AccountPath
{
    public const int IdBytesMax = 255;

    /// <summary>False: empty, over 255 bytes as UTF-8, or with a NUL.</summary>
    public static bool TryRead(HttpContext context, out string account)
    {
        ArgumentNullException.ThrowIfNull(context);
        return RawPath.TryRead(context, "/v1/accounts/", "account", IdBytesMax, out account);
    }

    internal static ProblemResult Unknown(string account) => new(
        StatusCodes.Status404NotFound, "unknown_account", $"There is no account '{(account.Length > 200 ? string.Concat(account.AsSpan(0, 200), "…") : account)}'. An account exists from its first accepted record.");
}
