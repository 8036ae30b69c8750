using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Hosting;

/// <summary>Doors, answers, hub and board page, as every server has them. They need an IScoringHost and an IRejections among the services.</summary>
public static class WebParts
{
    internal static void AddWeb(this WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.UseUrls(options.Urls).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The doors hold bodies to limits of their own, packed and unpacked.
            kestrel.Limits.MaxConcurrentConnections = 20_000;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddDoors(builder.Configuration);
        builder.Services.AddAnswers();
        builder.Services.AddBoard(builder.Configuration);
    }

    public static void UseWeb(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseProblemPages();
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = SayHowLongItStands });
        app.UseRouting();
        app.MapDoors();
        app.MapAnswers();
        app.MapBoard().RequireReader();
        if (!app.Environment.WebRootFileProvider.GetFileInfo("index.html").Exists)
            app.MapGet("/", () => "The board was not built (BuildBoard=false). Everything else works; /openapi/v1.json says what there is.\n").ExcludeFromDescription();
    }

    /// <summary>Starts everything that is hosted, the web's address last.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task ListenAsync(this WebApplication app, ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            await app.StartAsync();
            ExitCode.BrokenWhereAServiceFails(app);
        }
        catch (Exception error) when (error is SocketException or IOException { InnerException: AddressInUseException })
        {
            throw new IOException($"Urls: the server cannot listen on {options.Urls}. {(error.InnerException ?? error).Message}.", error);
        }
    }

    /// <summary>The page is asked for each time; what it loads carries a hash in its name.</summary>
    private static void SayHowLongItStands(StaticFileResponseContext file)
    {
        var isAsset = file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal);
        file.Context.Response.Headers.CacheControl = isAsset ? "public, max-age=31536000, immutable" : "no-cache";
        file.Context.Response.Headers.XContentTypeOptions = "nosniff";
    }
}
