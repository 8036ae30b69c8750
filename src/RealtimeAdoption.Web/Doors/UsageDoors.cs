using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Segment's doors and the bulk door: from a request to its answer. Thread-safe.</summary>
public sealed class UsageDoors(DoorRequest door)
{
    private static readonly string[] JsonTypes = ["application/json", "text/plain"];
    private static readonly string[] LineTypes = ["application/x-ndjson", "application/ndjson"];

    private enum Shape
    {
        Message,
        Batch,
        Lines,
    }

    /// <summary>The door of one message, whose kind is the door's.</summary>
    internal Task MessageAsync(HttpContext context, MessageType type) => TakeAsync(context, Shape.Message, type, false);

    internal Task BatchAsync(HttpContext context, bool isImport) => TakeAsync(context, Shape.Batch, MessageType.None, isImport);

    internal Task LinesAsync(HttpContext context) => TakeAsync(context, Shape.Lines, MessageType.None, false);

    private async Task TakeAsync(HttpContext context, Shape shape, MessageType type, bool isImport)
    {
        Cors.AllowAnswer(context);
        try
        {
            var hasHeader = door.TrySourceOfHeader(context, out var source);
            if (source is null && (hasHeader || shape == Shape.Lines))
            {
                await door.RefuseKeyAsync(context);
                return;
            }

            if (!HasContentType(context, shape))
            {
                await door.RefuseContentTypeAsync(context, Accepted(shape), source);
                return;
            }

            // Before it has recovered, the host knows no users: it would look as if they had no account.
            if (!door.Host.Status.Ready)
            {
                await DoorRequest.DelayAsync(context, IntakeStatus.Unavailable, door.Host.Status.Detail);
                return;
            }

            using var body = await RequestBody.ReadAsync(context, door.Budget, shape == Shape.Lines ? door.Options.NdjsonBytesMax : door.Options.BodyBytesMax);
            if (body.Failure is not null)
            {
                // Who sent it may be unknown yet: then nothing of the body is kept.
                await door.RefuseAsync(context, body.Failure, source, source is null ? default : body.Span);
                return;
            }

            source ??= door.SourceOfKey(SegmentReader.WriteKeyOf(body.Span));
            if (source is null)
            {
                await door.RefuseKeyAsync(context);
                return;
            }

            if (!source.TryEnter(body.Length, door.Options.KeyBytesInFlightMax))
            {
                await DoorRequest.DelayKeyAsync(context);
                return;
            }

            try
            {
                await DeliverAsync(context, body, source, shape, type, isImport);
            }
            finally
            {
                source.Leave(body.Length);
            }
        }
        catch (BadHttpRequestException e)
        {
            // The server's own refusal of the transfer: too slow, cut off, badly framed.
            await door.RefuseAsync(context, new BodyFailure(e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? RefusalCode.TooLarge : RefusalCode.InvalidJson, e.Message), null, default);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The sender has gone: nobody to answer.
        }
    }

    private async Task DeliverAsync(HttpContext context, RequestBody body, WriteSource source, Shape shape, MessageType type, bool isImport)
    {
        using var delivery = new Delivery(door.Host, source, body.Bytes, isImport, door.Options.ErrorsListedMax);
        switch (shape)
        {
            case Shape.Message:
                SegmentReader.ReadMessage(body.Span, type, delivery, door.Options);
                break;
            case Shape.Batch:
                SegmentReader.ReadBatch(body.Span, delivery, door.Options);
                break;
            default:
                if (SegmentReader.ReadLines(body.Span, delivery, door.Options)) break;
                var tooMany = new BodyFailure(
                    StatusCodes.Status413PayloadTooLarge, RefusalCode.TooLarge, $"The body has more than {door.Options.NdjsonLinesMax} lines. Nothing of it was taken; split it.");
                await door.RefuseAsync(context, tooMany, source, body.Span);
                return;
        }

        if (!await door.AppendAsync(context, delivery)) return;
        if (shape != Shape.Message)
        {
            await DoorAnswer.ItemsAsync(context, delivery);
            return;
        }

        if (delivery.Rejected == 0)
        {
            await DoorAnswer.SuccessAsync(context);
            return;
        }

        var refusal = delivery.Refusals[0];
        var status = refusal.Code == RefusalCode.TooLarge ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest;
        await Problems.Problem.WriteAsync(context, status, refusal.Code, refusal.Detail);
    }

    // Beacons come as text/plain, or without a type.
    private static bool HasContentType(HttpContext context, Shape shape) => shape == Shape.Lines
        ? !IsBinaryCloudEvent(context) && DoorRequest.HasContentType(context, false, LineTypes)
        : DoorRequest.HasContentType(context, true, JsonTypes);

    private static bool IsBinaryCloudEvent(HttpContext context) => context.Request.Headers.ContainsKey("ce-specversion");

    private static string Accepted(Shape shape) => shape == Shape.Lines
        ? "application/x-ndjson, one Segment message a line (CloudEvents are not taken yet)"
        : "application/json or text/plain, in UTF-8";
}
