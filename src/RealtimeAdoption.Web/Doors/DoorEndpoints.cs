using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Puts the doors into an application: it needs an IScoringHost and an IRejections among its services.</summary>
public static class DoorEndpoints
{
    private static readonly (string Path, string Short, MessageType Type)[] MessageDoors =
    [
        ("/v1/track", "/v1/t", MessageType.Track),
        ("/v1/identify", "/v1/i", MessageType.Identify),
        ("/v1/group", "/v1/g", MessageType.Group),
        ("/v1/page", "/v1/p", MessageType.Page),
        ("/v1/screen", "/v1/s", MessageType.Screen),
        ("/v1/alias", "/v1/a", MessageType.Alias),
    ];

    public static IServiceCollection AddDoors(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddAccessKeys(configuration);
        services.AddOptions<DoorOptions>().Bind(configuration.GetSection(DoorOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DoorOptions>, DoorOptionsCheck>());
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<DoorRequest>();
        services.AddSingleton<UsageDoors>();
        services.AddSingleton<ProfileDoor>();
        return services;
    }

    public static IEndpointRouteBuilder MapDoors(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        foreach (var (path, shortPath, type) in MessageDoors)
        {
            MapSegment(endpoints, path, context => Usage(context).MessageAsync(context, type));
            MapSegment(endpoints, shortPath, context => Usage(context).MessageAsync(context, type));
        }

        MapSegment(endpoints, "/v1/batch", context => Usage(context).BatchAsync(context, isImport: false));
        MapSegment(endpoints, "/v1/b", context => Usage(context).BatchAsync(context, isImport: false));
        MapSegment(endpoints, "/v1/import", context => Usage(context).BatchAsync(context, isImport: true));
        endpoints.MapPost("/v1/events", context => Usage(context).LinesAsync(context));
        endpoints.MapPut("/v1/accounts/{account}", context => context.RequestServices.GetRequiredService<ProfileDoor>().PutAsync(context));
        return endpoints;
    }

    // When a request comes, not when the routes are made: the host may open later.
    private static UsageDoors Usage(HttpContext context) => context.RequestServices.GetRequiredService<UsageDoors>();

    private static void MapSegment(IEndpointRouteBuilder endpoints, string path, RequestDelegate take)
    {
        endpoints.MapPost(path, take);
        endpoints.MapMethods(path, [HttpMethods.Options], (RequestDelegate)Cors.AnswerPreflight);
    }
}
