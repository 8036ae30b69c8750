using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Auth;

/// <summary>Marks an endpoint that only readers reach.</summary>
public sealed class ReaderRequirement
{
    internal static readonly ReaderRequirement Instance = new();
}

/// <summary>Marks an endpoint that needs an admin key.</summary>
public sealed class AdminRequirement
{
    internal static readonly AdminRequirement Instance = new();
}

/// <summary>
/// Lets readers through: a read key as <c>Authorization: Bearer</c> or Basic user name, on /hubs/* also as the <c>access_token</c> query field (a
/// browser's WebSocket carries no header). With <see cref="AuthOptions.Anonymous"/> also anyone on this machine: both ends of the connection and the
/// Host header must be loopback, so that neither a published port nor a web page that rebinds its name reads along.
/// A plain wrap of the endpoint's delegate, not the authentication middleware: that would run on every request of the doors too.
/// </summary>
public static class ReaderGate
{
    /// <summary>Works on any endpoint, hubs included.</summary>
    public static TBuilder RequireReader<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => Guard(builder, ReaderRequirement.Instance, MayRead, Refuse);

    /// <summary>Lets only through who may change the model.</summary>
    public static TBuilder RequireAdmin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => Guard(builder, AdminRequirement.Instance, context => AdminOf(context) is not null, RefuseAdmin);

    public static bool MayRead(HttpContext context) => ReaderOf(context) is not null;

    /// <summary>Who reads, or acts on what is read. Null: nobody who may.</summary>
    public static WriteSource? ReaderOf(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var ring = context.RequestServices.GetRequiredService<KeyRing>();
        Span<byte> buffer = stackalloc byte[1024];
        if (PresentedKey.TryRead(context, buffer, out var key)) return ring.FindReader(key);
        if (context.Request.Path.StartsWithSegments("/hubs", StringComparison.OrdinalIgnoreCase) && context.Request.Query.TryGetValue("access_token", out var token) && token.Count == 1)
            return Encoding.UTF8.TryGetBytes(token.ToString(), buffer, out var written) ? ring.FindReader(buffer[..written]) : null;
        return ring.Anonymous && IsLocal(context) ? ring.Nobody : null;
    }

    /// <summary>Who may change the model. Null: nobody who may.</summary>
    public static WriteSource? AdminOf(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var ring = context.RequestServices.GetRequiredService<KeyRing>();
        Span<byte> buffer = stackalloc byte[1024];
        if (PresentedKey.TryRead(context, buffer, out var key)) return ring.FindAdmin(key);
        return ring.Anonymous && IsLocal(context) ? ring.Nobody : null;
    }

    private static TBuilder Guard<TBuilder>(TBuilder builder, object requirement, Func<HttpContext, bool> may, RequestDelegate refuse)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            endpoint.Metadata.Add(requirement);
            var inner = endpoint.RequestDelegate;
            if (inner is null) return;
            endpoint.RequestDelegate = context => may(context) ? inner(context) : refuse(context);
        });
        return builder;
    }

    // No address at all: an in-process server or a unix socket, both of this machine.
    private static bool IsLocal(HttpContext context)
    {
        var connection = context.Connection;
        return (connection.LocalIpAddress is null || IPAddress.IsLoopback(connection.LocalIpAddress))
            && (connection.RemoteIpAddress is null || IPAddress.IsLoopback(connection.RemoteIpAddress))
            && IsLoopbackName(context.Request.Host.Host);
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) && IPAddress.IsLoopback(address));

    // 403 tells a reader that the key is known and not enough.
    private static Task RefuseAdmin(HttpContext context) => MayRead(context)
        ? Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "forbidden", "This needs an admin key (Auth:AdminKeys); a read key is not enough.")
        : Refuse(context);

    private static Task Refuse(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"realtime-adoption\"";
        return Problem.WriteAsync(context, StatusCodes.Status401Unauthorized, "unauthorized", "A read key is needed: send it as 'Authorization: Bearer KEY'.");
    }
}
