using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Models;
using RealtimeAdoption.Web.Problems;
using RealtimeAdoption.Web.Verification;
using RealtimeAdoption.Web.Wire;

namespace RealtimeAdoption.Web.Answers;

/// <summary>Everything that is asked over HTTP: accounts, changes, the model, rejections, health, and the description of the whole API.</summary>
public static class AnswersEndpoints
{
    /// <summary>Needs an <see cref="IScoringHost"/> and an <see cref="Engine.Intake.IRejections"/>.</summary>
    public static IServiceCollection AddAnswers(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => WireJson.Apply(json.SerializerOptions));
        services.AddSingleton(_ => new WorkShelf<ModelPreview>("p", 8, "It could not be computed"));
        services.AddSingleton(_ => new WorkShelf<VerifyReport>("v", 2, "It could not go on"));
        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Realtime Adoption",
                Version = "v1",
                Description = "Product-adoption scoring in real time: usage events in, per account and product the answer out. "
                    + "Field names are snake_case, instants RFC 3339 UTC, days yyyy-MM-dd (UTC). Errors are application/problem+json with type, title, status, detail, code, and errors where there are several. "
                    + "The live board is a SignalR hub at /hubs/board.",
            };
            return Task.CompletedTask;
        }));
        return services;
    }

    /// <summary>Maps /v1's answers (for readers), /health and /openapi (for everybody).</summary>
    public static IEndpointRouteBuilder MapAnswers(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var answers = routes.MapGroup("/v1").RequireReader();
        answers.AddEndpointFilter(WhenReadyAsync);
        MapAccounts(answers);
        MapRest(answers);
        MapModel(answers);
        MapVerification(answers);
        MapHealth(routes);
        routes.MapOpenApi("/openapi/{documentName}.json");
        return routes;
    }

    private static void MapAccounts(RouteGroupBuilder answers)
    {
        answers.MapGet("/accounts/{account}", AccountAnswers.OneAsync).Describe<AccountView>(
            "GetAccount", "Accounts", "An account with its reasons",
            "Everything that is known of one account today: products with each criterion's value and the day it would fall below its threshold, stage, order of adoption, users, health with each measure's part in it, alerts. "
            + "It reflects everything that was acknowledged before.",
            AccountAnswers.AccountFields).Refuses(StatusCodes.Status404NotFound);
        answers.MapGet("/accounts", AccountAnswers.ListAsync).Describe<AccountList>(
            "ListAccounts", "Accounts", "Accounts by filter and order",
            "Summary rows in pages. Paging is by key: a row that moves between two pages is neither doubled nor hides others.",
            AccountAnswers.ListFields);
        answers.MapGet("/accounts/{account}/history", AccountAnswers.HistoryAsync).Describe<HistoryList>(
            "GetAccountHistory", "Accounts", "An account's changes", "Newest first, each with its cause.", AccountAnswers.HistoryFields).Refuses(StatusCodes.Status404NotFound);
        answers.MapGet("/accounts/{account}/users", AccountAnswers.UsersAsync).Describe<UserList>(
            "GetAccountUsers", "Accounts", "An account's users", "By user id, with the products that each is active in.", AccountAnswers.PageFields).Refuses(StatusCodes.Status404NotFound);
    }

    private static void MapRest(RouteGroupBuilder answers)
    {
        answers.MapGet("/alerts", AlertAnswers.ListAsync).Describe<AlertList>(
            "ListAlerts", "Alerts", "The alerts of all accounts",
            "In pages by key, most severe first. With group=storms, many alerts of one type, day and kind of cause are told as one.", AlertAnswers.Fields);
        answers.MapGet("/changes", ChangeAnswers.FeedAsync).Describe<FeedPage>(
            "ReadChanges", "Changes", "The feed of changes",
            "Call again with the answer's cursor as 'after'. Every change comes once and those of one account in order; between accounts there is none. With 'wait' an empty answer is held back.",
            ChangeAnswers.Fields);
        answers.MapGet("/rejections", OperatingAnswers.RejectionsAsync).Describe<RejectionList>(
            "ListRejections", "Operate", "What was refused, and why", "Newest first; a bounded number is kept.", OperatingAnswers.RejectionFields);
        answers.MapGet("/quarantine", OperatingAnswers.QuarantineAsync).Describe<QuarantineList>(
            "ListQuarantine", "Operate", "Accepted records that count for nothing, and why",
            "A record that breaks the computation of its account is left out, so that the account goes on without it. The earliest first.", OperatingAnswers.QuarantineFields);
        answers.MapPost("/quarantine/{partition:int}/{position:long}/release", OperatingAnswers.ReleaseAsync).RequireAdmin().WithName("ReleaseRecord").WithTags("Operate")
            .WithSummary("Let a quarantined record count again")
            .WithDescription("Needs an admin key. 202: its account will be rebuilt with it; what still breaks comes back into quarantine.")
            .Produces(StatusCodes.Status202Accepted).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status403Forbidden).Refuses(StatusCodes.Status404NotFound)
            .Refuses(StatusCodes.Status415UnsupportedMediaType).Refuses(StatusCodes.Status503ServiceUnavailable);
    }

    private static void MapModel(RouteGroupBuilder answers)
    {
        answers.MapGet("/model", ModelAnswers.Get).Describe<ModelView>(
            "GetModel", "Model", "The model in force",
            "Products, metrics, criteria, stages, segments, health and alerts with their ids and names, and the activation that is under way. With 'Accept: application/yaml' the model file's text.", []);
        answers.MapGet("/model/file", ModelAnswers.File).WithName("GetModelFile").WithTags("Model").WithSummary("The model file in force").WithDescription("Its text as it was sent.")
            .Produces<string>(contentType: ModelAnswers.Yaml).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status503ServiceUnavailable);
        answers.MapPut("/model", ModelAnswers.PutAsync).RequireAdmin().Describe<ActivationStarted>(
            "PutModel", "Model", "Activate a model",
            "Needs an admin key. 202 when it is durable: every account is then computed anew from its history, and all of a partition's change at one position. 200 where it is the model in force.", ModelAnswers.PutFields)
            .Produces<ActivationStarted>(StatusCodes.Status202Accepted).TakesModel().Refuses(StatusCodes.Status403Forbidden).Refuses(StatusCodes.Status409Conflict);
        answers.MapPost("/model/preview", ModelAnswers.PreviewAsync).TakesModel().WithName("BeginPreview").WithTags("Model").WithSummary("Compute what a model would change")
            .WithDescription("In the background, beside the live state, which stays as it is. One at a time.")
            .Produces<PreviewStarted>(StatusCodes.Status202Accepted).Refuses(StatusCodes.Status400BadRequest).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status409Conflict)
            .Refuses(StatusCodes.Status503ServiceUnavailable);
        answers.MapGet("/model/preview/{id}", ModelAnswers.GetPreview).Describe<PreviewAnswer>(
            "GetPreview", "Model", "A preview", "How far it is, and when it is done what would change, the accounts that move in pages.", ModelAnswers.PageFields).Refuses(StatusCodes.Status404NotFound);
        answers.MapDelete("/model/preview/{id}", ModelAnswers.DeletePreview).WithName("EndPreview").WithTags("Model").WithSummary("End a preview")
            .Produces(StatusCodes.Status204NoContent).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status404NotFound).Refuses(StatusCodes.Status503ServiceUnavailable);
    }

    private static void MapVerification(RouteGroupBuilder answers)
    {
        answers.MapPost("/verify", VerifyAnswers.Begin).RequireAdmin().WithName("BeginVerification").WithTags("Operate").WithSummary("Compare every account with the journal")
            .WithDescription("Needs an admin key. In the background, beside the live state: the whole journal is applied again, every sum in the store is checked. One at a time.")
            .Produces<VerifyAnswer>(StatusCodes.Status202Accepted).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status403Forbidden).Refuses(StatusCodes.Status409Conflict)
            .Refuses(StatusCodes.Status415UnsupportedMediaType).Refuses(StatusCodes.Status503ServiceUnavailable);
        answers.MapGet("/verify/{id}", VerifyAnswers.Get).RequireAdmin().Describe<VerifyAnswer>(
            "GetVerification", "Operate", "A verification", "Needs an admin key. How far it is, and when it is done what differs and what is damaged.", []).Refuses(StatusCodes.Status403Forbidden)
            .Refuses(StatusCodes.Status404NotFound);
        answers.MapDelete("/verify/{id}", VerifyAnswers.End).RequireAdmin().WithName("EndVerification").WithTags("Operate").WithSummary("End a verification")
            .Produces(StatusCodes.Status204NoContent).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status403Forbidden).Refuses(StatusCodes.Status404NotFound)
            .Refuses(StatusCodes.Status503ServiceUnavailable);
    }

    private static RouteHandlerBuilder TakesModel(this RouteHandlerBuilder route) =>
        route.Refuses(StatusCodes.Status413PayloadTooLarge).Refuses(StatusCodes.Status415UnsupportedMediaType).AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = "A model file's text, at most 1 MiB.",
                Content = new Dictionary<string, OpenApiMediaType> { [ModelAnswers.Yaml] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } } },
            };
            return Task.CompletedTask;
        });

    private static void MapHealth(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health");
        health.MapGet("/live", OperatingAnswers.Live).WithName("GetLive").WithTags("Operate").WithSummary("The process answers");
        health.MapGet("/ready", OperatingAnswers.Ready).WithName("GetReady").WithTags("Operate").WithSummary("Recovered and caught up")
            .WithDescription("503 until the server has recovered and caught up with missed days; it stays ready through its ticks.")
            .Produces<ServerHealth>().Produces<ServerHealth>(StatusCodes.Status503ServiceUnavailable);
    }

    private static RouteHandlerBuilder Describe<TAnswer>(this RouteHandlerBuilder route, string name, string tag, string summary, string description, QueryField[] fields) =>
        route.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description)
            .Produces<TAnswer>().Refuses(StatusCodes.Status400BadRequest).Refuses(StatusCodes.Status401Unauthorized).Refuses(StatusCodes.Status503ServiceUnavailable)
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                foreach (var field in fields) (operation.Parameters ??= []).Add(field.ToParameter());
                return Task.CompletedTask;
            });

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, int status) =>
        route.ProducesProblem(status, Problem.ContentType);

    /// <summary>Before recovery is through, every answer could be of yesterday: none is given.</summary>
    private static async ValueTask<object?> WhenReadyAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var status = context.HttpContext.RequestServices.GetRequiredService<IScoringHost>().Status;
        if (status.Ready) return await next(context);
        return new ProblemResult(StatusCodes.Status503ServiceUnavailable, "not_ready", status.Detail);
    }
}
