using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Web.Doors;

namespace RealtimeAdoption.Web.Problems;

/// <summary>Errors that no endpoint answers: unknown routes, wrong methods, and what was thrown.</summary>
public static class ProblemPages
{
    /// <summary>
    /// Put first in the pipeline. Exceptions are logged and told as 500 (503 where the store failed, or the host cannot answer yet) without their text; empty 4xx and 5xx answers of the API get a body.
    /// </summary>
    public static IApplicationBuilder UseProblemPages(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = OnException, AllowStatusCode404Response = true });
        app.UseWhen(IsApi, static api => api.UseStatusCodePages(static page => OnEmptyAnswer(page.HttpContext)));
        return app;
    }

    private static bool IsApi(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
        || context.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase);

    private static Task OnException(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        // Asking again gives the same.
        if (error is JournalDamagedException or SnapshotDamagedException)
            return Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "damaged", "What is stored for this answer is damaged; the server's log names it and says what to do.");
        if (error is JournalException or SnapshotException or IOException and not BadHttpRequestException)
            return Unavailable("The store does not answer; the server's log says why. Ask again later.");
        if (error is HostUnavailableException) return Unavailable(error.Message);
        if (error is BadHttpRequestException bad)
            return Problem.WriteAsync(context, bad.StatusCode, "bad_request", "The request could not be read as HTTP.");
        return Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "internal", "The server failed on this request; its log says why. Sending it again is safe.");

        Task Unavailable(string message) => Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, RefusalCode.Unavailable, message);
    }

    private static Task OnEmptyAnswer(HttpContext context)
    {
        var request = context.Request;
        var status = context.Response.StatusCode;
        return status switch
        {
            StatusCodes.Status404NotFound => Problem.WriteAsync(context, status, "not_found", $"There is nothing at {request.Path}; /openapi/v1.json lists what is."),
            StatusCodes.Status405MethodNotAllowed => Problem.WriteAsync(context, status, "method_not_allowed", $"{request.Path} does not take {request.Method}; it takes {context.Response.Headers.Allow}."),
            StatusCodes.Status415UnsupportedMediaType => Problem.WriteAsync(context, status, "unsupported_media_type", $"{request.Path} does not take {request.ContentType ?? "a body without a content type"}."),
            _ => Problem.WriteAsync(context, status, "refused", "The request was refused."),
        };
    }
}
