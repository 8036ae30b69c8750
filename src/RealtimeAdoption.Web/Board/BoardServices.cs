using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
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

    /// <summary>The hub at /hubs/board.</summary>
    public static HubEndpointConventionBuilder MapBoard(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return routes.MapHub<BoardHub>(BoardHub.Route, connection => connection.AllowStatefulReconnects = false);
    }
}
