using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;
using RealtimeAdoption.Web.Wire;

namespace RealtimeAdoption.Web.Board;

public static class BoardServices
{
    /// <summary>The board's hub and its publisher. Needs an <see cref="Engine.Host.IScoringHost"/>.</summary>
    public static IServiceCollection AddBoard(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<BoardOptions>().Bind(configuration.GetSection(BoardOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BoardOptions>, BoardOptionsCheck>());
        services.AddSignalR(hub =>
        {
            // Viewers only ever say Join.
            hub.MaximumReceiveMessageSize = 4096;
            hub.StatefulReconnectBufferSize = 0;
        }).AddJsonProtocol(json => WireJson.Apply(json.PayloadSerializerOptions));
        services.AddSingleton<BoardViewers>();
        services.AddSingleton<HubLifetimeManager<BoardHub>>(provider => provider.GetRequiredService<BoardViewers>());
        services.AddSingleton<BoardPublisher>();
        services.AddHostedService(provider => provider.GetRequiredService<BoardPublisher>());
        return services;
    }

    /// <summary>The hub at /hubs/board. While the server stops, it takes nobody in: a viewer that was sent away is back at once, and would be kept for as long as the server waits for its connections to end.</summary>
    public static HubEndpointConventionBuilder MapBoard(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var stopping = routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var hub = routes.MapHub<BoardHub>(BoardHub.Route, connection => connection.AllowStatefulReconnects = false);
        hub.Add(endpoint =>
        {
            var take = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => stopping.IsCancellationRequested
                ? Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, RefusalCode.Unavailable, "The server is stopping. Connect again.")
                : take(context);
        });
        return hub;
    }
}
