using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Models;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Verification;

/// <param name="Id">For the questions that follow.</param>
/// <param name="State">How it is with it.</param>
/// <param name="Detail">Why it failed or was ended; null otherwise.</param>
/// <param name="Progress">How far it is.</param>
/// <param name="Report">Null until it is done.</param>
public sealed record VerifyAnswer(string Id, PreviewState State, string? Detail, ProgressAnswer Progress, VerifyReportAnswer? Report);

/// <summary>What a verification found.</summary>
/// <param name="Same">No difference and no damage.</param>
/// <param name="Accounts">Accounts that were compared.</param>
/// <param name="Changes">Changes of the feed that were compared.</param>
/// <param name="Records">Journal records that were applied again.</param>
/// <param name="Segments">Segments whose sums were checked.</param>
/// <param name="Positions">By partition: the position at which it was compared.</param>
/// <param name="Differences">The first ones.</param>
/// <param name="DifferencesOmitted">Those that are only counted.</param>
/// <param name="Damages">What does not match its sum, or cannot be read.</param>
public sealed record VerifyReportAnswer(
    bool Same, int Accounts, long Changes, long Records, long Segments, IReadOnlyList<long> Positions, IReadOnlyList<AccountDifference> Differences, int DifferencesOmitted, IReadOnlyList<StoredDamage> Damages)
{
    public static VerifyReportAnswer Of(VerifyReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new(report.IsSame, report.Accounts, report.Changes, report.Records, report.Segments, report.Positions, report.Differences, report.DifferencesOmitted, report.Damages);
    }
}

/// <summary>Verifications: begun, asked after, ended.</summary>
internal static class VerifyAnswers
{
    public static IResult Begin(HttpContext context, IScoringHost host, WorkShelf<VerifyReport> shelf)
    {
        if (DoorRequest.RefusalUnlessJson(context) is { } refusal) return refusal;
        VerifyStart start = null!;
        var begun = shelf.Begin((progress, end) =>
        {
            start = host.Verify(progress, end);
            return (start.Verification, "");
        });
        if (begun is not null) return TypedResults.Accepted($"/v1/verify/{begun.Id}", Answer(begun));
        return start.Outcome == ModelChangeOutcome.Busy ? new ProblemResult(StatusCodes.Status409Conflict, "verify_busy", start.Detail)
            : new ProblemResult(StatusCodes.Status503ServiceUnavailable, "not_ready", start.Detail);
    }

    public static IResult Get(string id, WorkShelf<VerifyReport> shelf) => shelf.Find(id) is { } found ? TypedResults.Ok(Answer(found)) : Unknown(id);

    public static IResult End(string id, WorkShelf<VerifyReport> shelf)
    {
        if (shelf.Find(id) is not { } found) return Unknown(id);
        found.End();
        return TypedResults.NoContent();
    }

    private static VerifyAnswer Answer(WorkOnShelf<VerifyReport> verification)
    {
        var (state, report) = verification.Standing;
        return new VerifyAnswer(verification.Id, state, verification.Detail, ProgressAnswer.Of(verification.Progress), report is null ? null : VerifyReportAnswer.Of(report));
    }

    private static ProblemResult Unknown(string id) => new(
        StatusCodes.Status404NotFound, "unknown_verification", $"There is no verification '{(id.Length > 64 ? string.Concat(id.AsSpan(0, 64), "…") : id)}'; the last two are kept, in memory.");
}
