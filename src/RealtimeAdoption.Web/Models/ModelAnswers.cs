using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Models;

/// <summary>The model in force, previews of others, and the activation of one. The text of a model file goes in and out as it is.</summary>
internal static class ModelAnswers
{
    public const string Yaml = "application/yaml";
    private const int TextBytesMax = 1 << 20;
    private const int ByCharactersMax = 256;

    // Not text/plain: a web page of another origin could send that without asking, where this machine needs no key.
    private static readonly string[] YamlTypes = [Yaml, "application/x-yaml", "text/yaml", "text/x-yaml"];

    public static readonly QueryField[] PutFields = [new("by", $"Who activates it, at most {ByCharactersMax} characters; stands in the journal.")];

    public static readonly QueryField[] PageFields = [QueryField.Cursor, QueryField.Limit];

    public static IResult Get(HttpContext context, IScoringHost host) => PrefersYaml(context) ? File(host) : TypedResults.Ok(ModelView.Of(host.Model.Definition, host.Activation));

    public static IResult File(IScoringHost host) => TypedResults.Text(host.ModelText, Yaml, Encoding.UTF8);

    public static async Task<IResult> PutAsync(HttpContext context, IScoringHost host, DoorRequest door, CancellationToken cancellationToken)
    {
        var fields = new QueryReader(context, PutFields);
        var by = fields.Text("by") ?? "";
        if (by.Length > ByCharactersMax) fields.Refuse("by", $"Give at most {ByCharactersMax} characters.");
        if (fields.Problem is { } wrong) return wrong;
        var (text, problem) = await ReadAsync(context, door);
        if (text is null) return problem!;
        var start = await host.ActivateModelAsync(text, by, cancellationToken);
        return start.Outcome switch
        {
            ModelChangeOutcome.Begun => TypedResults.Json(
                new ActivationStarted("activating", start.Model!, ActivationAnswer.Of(host.Activation)), statusCode: StatusCodes.Status202Accepted),
            ModelChangeOutcome.Unchanged => TypedResults.Ok(new ActivationStarted("unchanged", host.Model.Definition.Version, null)),
            var outcome => Refused(outcome, start.Detail, start.Errors),
        };
    }

    public static async Task<IResult> PreviewAsync(HttpContext context, IScoringHost host, DoorRequest door, WorkShelf<ModelPreview> shelf)
    {
        var fields = new QueryReader(context, []);
        if (fields.Problem is { } wrong) return wrong;
        var (text, problem) = await ReadAsync(context, door);
        if (text is null) return problem!;
        PreviewStart start = null!;
        var preview = shelf.Begin((progress, end) =>
        {
            start = host.PreviewModel(text, progress, end);
            return (start.Outcome == ModelChangeOutcome.Begun ? start.Preview : null, start.Model ?? "");
        });
        return preview is null
            ? Refused(start.Outcome, start.Detail, start.Errors)
            : TypedResults.Accepted($"/v1/model/preview/{preview.Id}", new PreviewStarted(preview.Id, preview.Standing.State, preview.About));
    }

    public static IResult GetPreview(HttpContext context, string id, WorkShelf<ModelPreview> shelf)
    {
        var fields = new QueryReader(context, PageFields);
        var limit = fields.Number(QueryField.Limit);
        var list = PageCursor.ListOf("preview", id);
        var first = fields.After(list, 0);
        if (first is < 0 or > int.MaxValue) fields.Refuse(QueryField.Cursor.Name, PageCursor.Unreadable);
        if (fields.Problem is { } wrong) return wrong;
        if (shelf.Find(id) is not { } preview) return Unknown(id);

        var (state, done) = preview.Standing;
        var report = done is null ? null : ReportOf(done, list, (int)first, limit);
        return TypedResults.Ok(new PreviewAnswer(id, state, preview.About, preview.Detail, ProgressAnswer.Of(preview.Progress), report));
    }

    public static IResult DeletePreview(string id, WorkShelf<ModelPreview> shelf)
    {
        if (shelf.Find(id) is not { } preview) return Unknown(id);
        preview.End();
        return TypedResults.NoContent();
    }

    private static PreviewReport ReportOf(ModelPreview preview, ulong list, int first, int limit)
    {
        var end = Math.Min(preview.Moves.Count, (long)first + limit);
        return new PreviewReport(
            preview.From,
            preview.To,
            preview.Accounts,
            preview.Positions,
            preview.Counts,
            PreviewShift.Of(preview.Shift),
            [.. preview.Moves.Skip(first).Take(limit).Select(PreviewMove.Of)],
            end < preview.Moves.Count ? PageCursor.Write(list, end.ToString(CultureInfo.InvariantCulture), "") : null,
            preview.MovesOmitted,
            preview.Troubles,
            preview.TroublesOmitted);
    }

    private static async Task<(string? Text, IResult? Problem)> ReadAsync(HttpContext context, DoorRequest door)
    {
        if (!DoorRequest.HasContentType(context, false, YamlTypes))
            return (null, new ProblemResult(StatusCodes.Status415UnsupportedMediaType, RefusalCode.UnsupportedMediaType, $"Send the model file's text as {Yaml}, in UTF-8."));
        try
        {
            using var body = await RequestBody.ReadAsync(context, door.Budget, TextBytesMax, "A model is one text: shorten it.");
            if (body.Failure is { } failure) return (null, new ProblemResult(failure.Status, failure.Code, failure.Detail));
            if (Utf8.IsValid(body.Span)) return (Encoding.UTF8.GetString(body.Span), null);
            return (null, new ModelProblem([new ModelFileError(1, 1, "", "the text is not valid UTF-8", "send the file's bytes as they are, in UTF-8")]));
        }
        catch (BadHttpRequestException e)
        {
            return (null, new ProblemResult(e.StatusCode, "bad_request", "The request could not be read as HTTP."));
        }
    }

    private static IResult Refused(ModelChangeOutcome outcome, string detail, IReadOnlyList<ModelFileError> errors)
    {
        if (outcome == ModelChangeOutcome.Invalid) return new ModelProblem(errors);
        return outcome == ModelChangeOutcome.Busy ? new ProblemResult(StatusCodes.Status409Conflict, "model_busy", detail)
            : new ProblemResult(StatusCodes.Status503ServiceUnavailable, "not_ready", detail);
    }

    private static bool PrefersYaml(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParseList(context.Request.Headers.Accept, out var accepted)) return false;
        var best = accepted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1).FirstOrDefault();
        return best is not null && YamlTypes.Contains(best.MediaType.Value, StringComparer.OrdinalIgnoreCase);
    }

    private static ProblemResult Unknown(string id) => new(
        StatusCodes.Status404NotFound, "unknown_preview", $"There is no preview '{(id.Length > 64 ? string.Concat(id.AsSpan(0, 64), "…") : id)}'; the last eight are kept, in memory.");
}
