using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.People;

/// <summary>What people do: actions on alerts, pinned bands and stages. Mapped with the doors; a read key is enough, for who sees the board is who acts.</summary>
internal static class PeopleEndpoints
{
    private static readonly int[] Refusals =
    [
        StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict, StatusCodes.Status413PayloadTooLarge,
        StatusCodes.Status415UnsupportedMediaType, StatusCodes.Status503ServiceUnavailable,
    ];

    private static readonly (string Name, JsonSchemaType Type, string Description, bool IsNeeded) By = ("by", JsonSchemaType.String, "Who does it, at most 255 bytes.", true);

    public static IServiceCollection AddPeople(this IServiceCollection services) =>
        services.AddSingleton<PersonRequest>().AddSingleton<AlertDoor>().AddSingleton<PinDoor>();

    public static IEndpointRouteBuilder MapPeople(this IEndpointRouteBuilder endpoints)
    {
        MapAlert(endpoints, AlertVerb.Acknowledge, "Take an alert on", "An open or snoozed alert becomes acknowledged.", By);
        MapAlert(
            endpoints, AlertVerb.Snooze, "Put an alert off", "It is open again on a day, or when it grows more severe.", By,
            ("until", JsonSchemaType.String, "The day on which it is open again; after today.", false), ("until_worse", JsonSchemaType.Boolean, "Open again when it grows more severe.", false));
        MapAlert(
            endpoints, AlertVerb.Assign, "Give an alert to somebody", "It has this owner from then on.", By,
            ("assignee", JsonSchemaType.String | JsonSchemaType.Null, "Whom, at most 255 bytes; null: the account's owner again.", true));
        MapAlert(endpoints, AlertVerb.Resolve, "End an alert", "It stays resolved while its condition goes on holding.", By);
        MapPin(endpoints, OverrideKind.Band);
        MapPin(endpoints, OverrideKind.Stage);
        return endpoints;
    }

    private static void MapAlert(
        IEndpointRouteBuilder endpoints, AlertVerb verb, string summary, string description, params (string Name, JsonSchemaType Type, string Description, bool IsNeeded)[] fields)
    {
        var word = verb.ToString().ToLowerInvariant();
        endpoints.MapPost($"/v1/alerts/{{id}}/{word}", (RequestDelegate)(context => context.RequestServices.GetRequiredService<AlertDoor>().PostAsync(context, verb)))
            .RequireReader()
            .Tell<AlertRow>($"{verb}Alert", "Alerts", summary, $"{description} Answered with the alert as it then stands. Sent again it has no effect.", "id", fields, isQuery: false);
    }

    private static void MapPin(IEndpointRouteBuilder endpoints, OverrideKind kind)
    {
        var word = kind.ToString().ToLowerInvariant();
        var path = $"/v1/accounts/{{account}}/override/{word}";
        endpoints.MapPut(path, (RequestDelegate)(context => context.RequestServices.GetRequiredService<PinDoor>().PutAsync(context, kind)))
            .RequireReader()
            .Tell<PinAnswer>(
                $"Pin{kind}", "Accounts", $"Pin an account's {word}", $"Until a day, whatever is measured. What is measured goes on underneath and is told beside it.", "account",
                [
                    ("value", JsonSchemaType.String, kind == OverrideKind.Band ? "red, yellow or green." : "A stage's id of the model.", true), By,
                    ("reason", JsonSchemaType.String, "Why, at most 1,024 bytes.", true), ("until", JsonSchemaType.String, "The first day on which it no longer holds; after today.", true),
                ],
                isQuery: false);
        endpoints.MapDelete(path, (RequestDelegate)(context => context.RequestServices.GetRequiredService<PinDoor>().DeleteAsync(context, kind)))
            .RequireReader()
            .Tell<PinAnswer>(
                $"Unpin{kind}", "Accounts", $"Take the pin of an account's {word} away", "Where nothing is pinned, nothing is done.", "account",
                [By, ("reason", JsonSchemaType.String, "Why, at most 1,024 bytes.", false)], isQuery: true);
    }

    // OpenAPI passes over plain delegates unless they carry a method, as at the doors.
    private static void Tell<TAnswer>(
        this IEndpointConventionBuilder endpoint, string name, string tag, string summary, string description, string inPath,
        (string Name, JsonSchemaType Type, string Description, bool IsNeeded)[] fields, bool isQuery) =>
        endpoint.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description)
            .WithMetadata(((RequestDelegate)Doors.Cors.AnswerPreflight).Method, new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(TAnswer), ["application/json"]))
            .WithMetadata([.. Refusals.Select(object (status) => new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), [Problem.ContentType]))])
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                var parameters = operation.Parameters ??= [];
                parameters.Add(new OpenApiParameter { Name = inPath, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
                parameters.Add(new OpenApiParameter { Name = "Idempotency-Key", In = ParameterLocation.Header, Description = "An action with a key that is known has no second effect.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
                foreach (var field in fields.Where(_ => isQuery))
                {
                    parameters.Add(new OpenApiParameter
                    {
                        Name = field.Name, In = ParameterLocation.Query, Required = field.IsNeeded, Description = field.Description, Schema = new OpenApiSchema { Type = field.Type },
                    });
                }

                if (!isQuery) operation.RequestBody = Body(fields);
                return Task.CompletedTask;
            });

    private static OpenApiRequestBody Body((string Name, JsonSchemaType Type, string Description, bool IsNeeded)[] fields) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = fields.Where(field => field.IsNeeded).Select(field => field.Name).ToHashSet(),
                    Properties = fields.ToDictionary(field => field.Name, IOpenApiSchema (field) => new OpenApiSchema { Type = field.Type, Description = field.Description }),
                },
            },
        },
    };
}
