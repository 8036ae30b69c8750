using System.Globalization;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Answers;

/// <param name="Status"><c>live</c>, <c>ready</c> or <c>starting</c>.</param>
/// <param name="Detail">One sentence for the operator.</param>
/// <param name="Rebuilding">Accounts whose rebuild is pending.</param>
public sealed record ServerHealth(string Status, string Detail, int Rebuilding);

/// <param name="Rejections">Newest first.</param>
/// <param name="NextCursor">Null: the last page.</param>
public sealed record RejectionList(IReadOnlyList<Rejection> Rejections, string? NextCursor);

/// <param name="Records">The earliest received first.</param>
/// <param name="Count">Of all, listed or not.</param>
public sealed record QuarantineList(IReadOnlyList<QuarantinedRecord> Records, int Count);

/// <summary>For those who run the server and those who send to it.</summary>
internal static class OperatingAnswers
{
    public static readonly QueryField[] RejectionFields = [new("code", "Only rejections with this code, e.g. no_account."), QueryField.Cursor, QueryField.Limit];

    public static readonly QueryField[] QuarantineFields = [QueryField.Limit];

    public static ServerHealth Live() => new("live", "The process answers.", 0);

    public static IResult Ready(IScoringHost host)
    {
        var status = host.Status;
        return TypedResults.Json(
            new ServerHealth(status.Ready ? "ready" : "starting", status.Detail, status.Rebuilding),
            statusCode: status.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    public static async Task<IResult> RejectionsAsync(HttpContext context, IRejections rejections, CancellationToken cancellationToken)
    {
        var fields = new QueryReader(context, RejectionFields);
        var limit = fields.Number(QueryField.Limit);
        var code = fields.Text("code");
        var list = PageCursor.ListOf("rejections", code);
        var before = fields.After(list, long.MaxValue);
        if (fields.Problem is { } problem) return problem;
        var found = await rejections.ReadAsync(before, limit + 1, code, cancellationToken);
        var rows = found.Take(limit).ToList();
        var next = found.Count > limit ? PageCursor.Write(list, rows[^1].Id.ToString(CultureInfo.InvariantCulture), "") : null;
        return TypedResults.Ok(new RejectionList(rows, next));
    }

    public static async Task<IResult> QuarantineAsync(HttpContext context, IScoringHost host, CancellationToken cancellationToken)
    {
        var fields = new QueryReader(context, QuarantineFields);
        var limit = fields.Number(QueryField.Limit);
        if (fields.Problem is { } problem) return problem;
        var all = await host.QuarantineAsync(cancellationToken);
        return TypedResults.Ok(new QuarantineList([.. all.Take(limit)], all.Count));
    }

    public static async Task<IResult> ReleaseAsync(HttpContext context, int partition, long position, IScoringHost host, CancellationToken cancellationToken)
    {
        if (DoorRequest.RefusalUnlessJson(context) is { } refusal) return refusal;
        return await host.ReleaseAsync(partition, position, cancellationToken)
            ? TypedResults.Accepted("/v1/quarantine")
            : new ProblemResult(StatusCodes.Status404NotFound, "not_found", $"No record at position {position} of partition {partition} is in quarantine.");
    }
}
