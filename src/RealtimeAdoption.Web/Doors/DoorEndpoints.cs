using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.People;
using RealtimeAdoption.Web.Problems;

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

    private static readonly int[] Refusals =
    [
        StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType,
        StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable,
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
        services.AddPeople();
        return services;
    }

    public static IEndpointRouteBuilder MapDoors(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        foreach (var (path, shortPath, type) in MessageDoors)
        {
            MapSegment(endpoints, path, context => Usage(context).MessageAsync(context, type))
                .Tell($"Send{type}", $"One Segment {type.ToString().ToLowerInvariant()} message", "As Segment's HTTP Tracking API; answered when it is durable.", "application/json");
            MapSegment(endpoints, shortPath, context => Usage(context).MessageAsync(context, type)).ExcludeFromDescription();
        }

        MapSegment(endpoints, "/v1/batch", context => Usage(context).BatchAsync(context, isImport: false))
            .Tell("SendBatch", "A batch of Segment messages", "Each item has an answer of its own: bad ones are told with a code and cost no other.", "application/json");
        MapSegment(endpoints, "/v1/b", context => Usage(context).BatchAsync(context, isImport: false)).ExcludeFromDescription();
        MapSegment(endpoints, "/v1/import", context => Usage(context).BatchAsync(context, isImport: true))
            .Tell("SendImport", "A batch of Segment messages from history", "Dates are taken as they stand; takes effect with each account's next rebuild.", "application/json");
        endpoints.MapPost("/v1/events", (RequestDelegate)(context => Usage(context).LinesAsync(context)))
            .Tell("SendEvents", "Segment messages, one a line", "The bulk door. Each line has an answer of its own.", "application/x-ndjson");
        endpoints.MapPut("/v1/accounts/{account}", (RequestDelegate)(context => context.RequestServices.GetRequiredService<ProfileDoor>().PutAsync(context)))
            .Tell("PutAccount", "An account's whole profile, with its contract", "Idempotent; fields that are absent or null are cleared. The account is made if it is new.", "application/json", "Accounts");
        return endpoints.MapPeople();
    }

    // When a request comes, not when the routes are made: the host may open later.
    private static UsageDoors Usage(HttpContext context) => context.RequestServices.GetRequiredService<UsageDoors>();

    private static IEndpointConventionBuilder MapSegment(IEndpointRouteBuilder endpoints, string path, RequestDelegate take)
    {
        endpoints.MapMethods(path, [HttpMethods.Options], (RequestDelegate)Cors.AnswerPreflight).ExcludeFromDescription();
        return endpoints.MapPost(path, take);
    }

    // OpenAPI passes over plain delegates unless they carry a method. No AcceptsMetadata: routing would refuse by it what the doors answer themselves.
    private static IEndpointConventionBuilder Tell(this IEndpointConventionBuilder door, string name, string summary, string description, string contentType, string tag = "Usage") =>
        door.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description)
            .WithMetadata(((RequestDelegate)Cors.AnswerPreflight).Method, new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(JsonElement), ["application/json"]))
            .WithMetadata([.. Refusals.Select(object (status) => new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), [Problem.ContentType]))])
            .AddOpenApiOperationTransformer((operation, context, _) =>
            {
                operation.RequestBody = new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType> { [contentType] = new() } };

                // The method that stands for the door knows nothing of its path.
                if (context.Description.RelativePath!.Contains("{account}", StringComparison.Ordinal))
                    (operation.Parameters ??= []).Add(new OpenApiParameter { Name = "account", In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
                return Task.CompletedTask;
            });
}
