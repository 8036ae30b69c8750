using System.Text;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.People;

/// <summary>
/// What all actions of people do alike: who acts, the body, the journal, the answer. Thread-safe. A body must say that it is JSON: then no web page of another origin can send
/// one past the browser's own check, where this machine needs no key.
/// </summary>
public sealed class PersonRequest(DoorRequest door)
{
    /// <summary>Far more than all fields at their longest.</summary>
    private const int BodyBytesMax = 16 << 10;

    private static readonly string TooLargeAdvice =
        $"An action has a few short fields: names of at most {PersonFields.NameBytesMax} bytes, a reason of at most {PersonFields.ReasonBytesMax}. Shorten them, and send one action a request.";

    internal IScoringHost Host => door.Host;

    /// <summary>Reads the action and takes it, or refuses.</summary>
    internal async Task TakeAsync(HttpContext context, Func<PersonAction, Task<IResult>> take)
    {
        try
        {
            var source = ReaderGate.ReaderOf(context) ?? throw new InvalidOperationException("The endpoint lets nobody through who has no name.");
            var hasBody = !HttpMethods.IsDelete(context.Request.Method);
            if (hasBody && !DoorRequest.HasContentType(context, false, "application/json"))
            {
                await door.RefuseContentTypeAsync(context, "application/json, in UTF-8", source);
                return;
            }

            if (!door.Host.Status.Ready)
            {
                await DoorRequest.DelayAsync(context, IntakeStatus.Unavailable, door.Host.Status.Detail);
                return;
            }

            using var body = hasBody ? await RequestBody.ReadAsync(context, door.Budget, BodyBytesMax, TooLargeAdvice) : null;
            if (body?.Failure is { } failure)
            {
                await door.RefuseAsync(context, failure, source, body.Span);
                return;
            }

            var fields = body is null ? PersonFields.OfQuery(context.Request.Query) : PersonFields.OfBody(body.Bytes.AsMemory(0, body.Length), door.Options.DepthMax);
            var result = await take(new PersonAction(this, context, source, fields, body));
            await result.ExecuteAsync(context);
        }
        catch (BadHttpRequestException e)
        {
            await door.RefuseAsync(context, new BodyFailure(e.StatusCode, RefusalCode.InvalidJson, e.Message), null, default);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The person has gone: nobody to answer.
        }
    }

    internal void Keep(HttpContext context, WriteSource source, BodyFailure failure, ReadOnlySpan<byte> body, string account) => door.Keep(context, source, failure, body, account);

    /// <summary>Makes the record durable and has it applied. Null: done, whether just now or before; else why not.</summary>
    internal async Task<IResult?> AppendAsync(PersonAction action, string account, Action<RecordBuffer, RecordParts> write)
    {
        using var batch = new IntakeBatch(door.Host.Identity.Partitions);
        var parts = new RecordParts(Encoding.UTF8.GetBytes(account), action.Source.NameBytes, Encoding.UTF8.GetBytes(action.MessageId ?? ""), door.Host.Identity.IdSeed);
        write(batch.Records, parts);
        batch.End(0);
        // Not the request's token: the batch is the host's until it answers, whether or not the person still waits.
        var answer = await door.Host.AppendAsync(batch, CancellationToken.None);
        if (answer.Status != IntakeStatus.Done) return new Delayed(answer);
        return batch.Outcomes[0] == IntakeOutcome.Conflict
            ? new ProblemResult(StatusCodes.Status409Conflict, RefusalCode.Conflict, "This Idempotency-Key is known with another action of the same account; the first one stands.")
            : null;
    }

    private sealed class Delayed(IntakeAnswer answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => DoorRequest.DelayAsync(httpContext, answer);
    }
}

/// <summary>What a record needs beside what is done.</summary>
internal sealed record RecordParts(byte[] Account, ReadOnlyMemory<byte> Source, byte[] MessageId, ulong IdSeed)
{
    public RecordDraft Draft => new() { Kind = default, Account = Account, Source = Source.Span, MessageId = MessageId, IdSeed = IdSeed };
}

/// <summary>One action on its way.</summary>
internal sealed class PersonAction
{
    private const string IdempotencyKey = "Idempotency-Key";
    private readonly PersonRequest request;
    private readonly HttpContext context;
    private readonly RequestBody? body;

    public PersonAction(PersonRequest request, HttpContext context, WriteSource source, PersonFields fields, RequestBody? body)
    {
        this.request = request;
        this.context = context;
        this.body = body;
        Source = source;
        Fields = fields;
        var header = context.Request.Headers[IdempotencyKey];
        MessageId = header.Count == 0 ? null : header.ToString();
        if (MessageId is not null && (MessageId.Length == 0 || Encoding.UTF8.GetByteCount(MessageId) > PersonFields.NameBytesMax || MessageId.Contains('\0', StringComparison.Ordinal)))
            fields.Refuse(IdempotencyKey, $"must be 1 to {PersonFields.NameBytesMax} bytes.");
    }

    public WriteSource Source { get; }

    public PersonFields Fields { get; }

    /// <summary>Null: nothing tells this action from its repetition.</summary>
    public string? MessageId { get; }

    /// <summary>The day that has begun: no <c>until</c> may be on it or before.</summary>
    public DateOnly Today(AccountView account)
    {
        var clock = DateOnly.FromDateTime(request.Host.Clock.GetUtcNow().UtcDateTime);
        return account.AsOf > clock ? account.AsOf : clock;
    }

    /// <summary>Null: nothing is wrong with it. Call it once, when every field was read.</summary>
    public ProblemResult? Problem(string account)
    {
        Fields.RefuseOthers();
        if (Fields.Errors.Count == 0) return null;
        var kept = string.Join(' ', Fields.Errors.Take(5).Select(error => error.Field.Length == 0 ? error.Detail : $"{error.Field}: {error.Detail}"));
        request.Keep(context, Source, new BodyFailure(StatusCodes.Status400BadRequest, RefusalCode.InvalidAction, kept), body is null ? default : body.Span, account);
        return new ProblemResult(StatusCodes.Status400BadRequest, RefusalCode.InvalidAction, "Nothing was done; errors lists all that is wrong.", Fields.Errors);
    }
}
