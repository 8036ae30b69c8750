using System.Text;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Doors;

/// <summary>PUT /v1/accounts/{account}: an account's whole profile, its contract with it. Idempotent: fields that are absent or null are cleared. Thread-safe.</summary>
public sealed class ProfileDoor(DoorRequest door)
{
    internal async Task PutAsync(HttpContext context)
    {
        try
        {
            door.TrySourceOfHeader(context, out var source);
            if (source is null)
            {
                await door.RefuseKeyAsync(context);
                return;
            }

            if (!DoorRequest.HasContentType(context, true, "application/json"))
            {
                await door.RefuseContentTypeAsync(context, "application/json, in UTF-8", source);
                return;
            }

            if (!door.Host.Status.Ready)
            {
                await DoorRequest.DelayAsync(context, IntakeStatus.Unavailable, door.Host.Status.Detail);
                return;
            }

            using var body = await RequestBody.ReadAsync(context, door.Budget, door.Options.ProfileBytesMax, "One account has one profile: leave out what is none of its fields.");
            if (body.Failure is not null) await door.RefuseAsync(context, body.Failure, source, body.Span);
            else await TakeAsync(context, body, source);
        }
        catch (BadHttpRequestException e)
        {
            await door.RefuseAsync(context, new BodyFailure(e.StatusCode, RefusalCode.InvalidJson, e.Message), null, default);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The sender has gone: nobody to answer.
        }
    }

    private async Task TakeAsync(HttpContext context, RequestBody body, WriteSource source)
    {
        if (!AccountPath.TryRead(context, out var account))
        {
            var failure = new BodyFailure(StatusCodes.Status400BadRequest, RefusalCode.InvalidProfile, $"An account's id has 1 to {AccountPath.IdBytesMax} bytes and no NUL.");
            await door.RefuseAsync(context, failure, source, body.Span);
            return;
        }

        using var batch = new IntakeBatch(door.Host.Identity.Partitions);
        var errors = Write(batch, account, source, body);
        if (errors.Count > 0)
        {
            var failure = new BodyFailure(StatusCodes.Status400BadRequest, RefusalCode.InvalidProfile, "The profile was not taken; errors lists all that is wrong with it.");
            var kept = failure with { Detail = string.Join(' ', errors.Take(5).Select(error => $"{error.Field}: {error.Detail}")) };
            door.Keep(context, source, kept, body.Span, account);
            await Problem.WriteAsync(context, failure.Status, failure.Code, failure.Detail, errors);
            return;
        }

        var answer = await door.Host.AppendAsync(batch, CancellationToken.None);
        if (answer.Status != IntakeStatus.Done) await DoorRequest.DelayAsync(context, answer);
        else await DoorAnswer.ProfileAsync(context, account);
    }

    private List<FieldError> Write(IntakeBatch batch, string account, WriteSource source, RequestBody body)
    {
        batch.Records.Begin(new RecordDraft
        {
            Kind = RecordKind.Profile,
            Account = Encoding.UTF8.GetBytes(account),
            Source = source.NameBytes.Span,
            IdSeed = door.Host.Identity.IdSeed,
        });
        var profile = new ProfileReader(batch.Records, door.Host.Model.Definition);
        profile.Read(body.Bytes.AsMemory(0, body.Length), door.Options.DepthMax);
        if (profile.Errors.Count == 0) batch.End(0);
        return profile.Errors;
    }
}
