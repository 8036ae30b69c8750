using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// What every door does alike: who sends, what form the body has, how a whole request is refused, how what was read is handed to the host. No business state. Thread-safe.
/// </summary>
public sealed class DoorRequest(IScoringHost host, IRejections rejections, KeyRing keys, BodyBudget budget, IOptions<DoorOptions> options)
{
    private const int PresentedKeyBytesMax = 1024;

    internal IScoringHost Host => host;

    internal BodyBudget Budget => budget;

    internal DoorOptions Options { get; } = options.Value;

    /// <summary>The sender by the Authorization header. False: there is no header; a header with an unknown key gives true and null.</summary>
    internal bool TrySourceOfHeader(HttpContext context, out WriteSource? source)
    {
        Span<byte> buffer = stackalloc byte[PresentedKeyBytesMax];
        source = null;
        if (!PresentedKey.TryRead(context, buffer, out var key)) return false;
        source = keys.FindWriter(key);
        return true;
    }

    internal WriteSource? SourceOfKey(ReadOnlySpan<byte> key) => keys.FindWriter(key);

    /// <summary>For what a web page of another origin must not be able to send: it cannot send this type without asking. Null: it says that it is JSON.</summary>
    internal static ProblemResult? RefusalUnlessJson(HttpContext context) => HasContentType(context, false, MediaTypeNames.Application.Json)
        ? null
        : new ProblemResult(StatusCodes.Status415UnsupportedMediaType, RefusalCode.UnsupportedMediaType, $"Say 'Content-Type: {MediaTypeNames.Application.Json}'; an empty object will do.");

    /// <summary>Whether the request's content type is one of these and, where it names a charset, UTF-8.</summary>
    internal static bool HasContentType(HttpContext context, bool mayBeMissing, params ReadOnlySpan<string> types)
    {
        var text = context.Request.ContentType;
        if (string.IsNullOrEmpty(text)) return mayBeMissing;
        foreach (var type in types)
        {
            if (text.Equals(type, StringComparison.OrdinalIgnoreCase)) return true;
        }

        if (!MediaTypeHeaderValue.TryParse(text, out var parsed)) return false;
        var charset = parsed.Charset.AsSpan().Trim('"');
        if (!charset.IsEmpty && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
            && !charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var type in types)
        {
            if (parsed.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    internal Task RefuseKeyAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"realtime-adoption\"";
        var failure = new BodyFailure(
            StatusCodes.Status401Unauthorized, RefusalCode.Unauthorized, "A known write key is needed: as HTTP Basic user name, as 'Authorization: Bearer KEY', or, at Segment's doors, as the body's writeKey.");
        return RefuseAsync(context, failure, null, default);
    }

    internal Task RefuseContentTypeAsync(HttpContext context, string accepted, WriteSource? source)
    {
        var sent = context.Request.ContentType;
        var detail = $"Content-Type {(string.IsNullOrEmpty(sent) ? "is missing" : $"'{Shortened(sent)}' is not taken here")}; send {accepted}.";
        return RefuseAsync(context, new BodyFailure(StatusCodes.Status415UnsupportedMediaType, RefusalCode.UnsupportedMediaType, detail), source, default);
    }

    /// <summary>Refuses a whole request, and keeps the refusal where it was the sender's fault.</summary>
    internal Task RefuseAsync(HttpContext context, BodyFailure failure, WriteSource? source, ReadOnlySpan<byte> body)
    {
        if (failure.Status == StatusCodes.Status503ServiceUnavailable)
            return DelayAsync(context, failure.Code, failure.Detail, TimeSpan.FromSeconds(1));
        Keep(context, source, failure, body);
        return Problem.WriteAsync(context, failure.Status, failure.Code, failure.Detail);
    }

    /// <summary>Hands the delivery's drafts to the host and settles it. False: nothing was taken, and that has been answered.</summary>
    internal async ValueTask<bool> AppendAsync(HttpContext context, Delivery delivery)
    {
        if (delivery.Batch.Count > 0)
        {
            // Not the request's token: the batch is the host's until it answers, whether or not the sender still listens.
            var answer = await host.AppendAsync(delivery.Batch, CancellationToken.None);
            if (answer.Status != IntakeStatus.Done)
            {
                await DelayAsync(context, answer);
                return false;
            }
        }

        if (!delivery.Settle()) throw new InvalidOperationException("The host called a batch done and left a draft without an outcome.");
        Keep(context, delivery);
        return true;
    }

    internal static Task DelayAsync(HttpContext context, IntakeStatus status, string reason) => DelayAsync(context, new IntakeAnswer(status, TimeSpan.FromSeconds(1), reason));

    internal static Task DelayAsync(HttpContext context, IntakeAnswer answer) => answer.Status == IntakeStatus.Overloaded
        ? DelayAsync(context, RefusalCode.Overloaded, answer.Reason ?? "Too much is in flight. Nothing of the request was taken; send it all again later.", answer.RetryAfter)
        : DelayAsync(context, RefusalCode.Unavailable, answer.Reason ?? "The store does not answer. Send it all again later.", answer.RetryAfter);

    /// <summary>Keeps every refused item of a settled delivery; beyond the listed ones, their number.</summary>
    internal void Keep(HttpContext context, Delivery delivery)
    {
        if (delivery.Rejected == 0) return;
        var at = host.Clock.GetUtcNow();
        var door = DoorOf(context);
        foreach (var refusal in delivery.Refusals)
        {
            rejections.Add(new Rejection
            {
                At = at,
                Door = door,
                Source = delivery.Source.Name,
                Index = refusal.Index,
                MessageId = refusal.MessageId,
                Account = refusal.Account,
                Code = refusal.Code,
                Detail = refusal.Detail,
                Sample = refusal.Sample,
            });
        }

        var omitted = delivery.Rejected - delivery.Refusals.Count;
        if (omitted == 0) return;
        rejections.Add(new Rejection
        {
            At = at,
            Door = door,
            Source = delivery.Source.Name,
            Code = delivery.Refusals[^1].Code,
            Detail = $"{omitted} more items of this request were refused; only the first {delivery.Refusals.Count} are kept singly.",
        });
    }

    internal void Keep(HttpContext context, WriteSource? source, BodyFailure failure, ReadOnlySpan<byte> body, string? account = null) => rejections.Add(new Rejection
    {
        At = host.Clock.GetUtcNow(),
        Door = DoorOf(context),
        Source = source?.Name,
        Account = account,
        Code = failure.Code,
        Detail = failure.Detail,
        Sample = body.IsEmpty ? null : Sample.Of(body),
    });

    /// <summary>One key's share is full: nothing was taken, and other keys are still heard.</summary>
    internal static Task DelayKeyAsync(HttpContext context) => DelayAsync(
        context, RefusalCode.KeyOverloaded, "This key has too much in work. Nothing of the request was taken; send it all again later.", TimeSpan.FromSeconds(1), StatusCodes.Status429TooManyRequests);

    private static Task DelayAsync(HttpContext context, string code, string detail, TimeSpan retryAfter, int status = StatusCodes.Status503ServiceUnavailable)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString();
        return Problem.WriteAsync(context, status, code, detail);
    }

    private static string DoorOf(HttpContext context) => Shortened(context.Request.Path.Value ?? "");

    private static string Shortened(string text) => text.Length <= 128 ? text : text[..128];
}
