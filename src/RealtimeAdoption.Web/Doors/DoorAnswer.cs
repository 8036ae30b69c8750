using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Writes what the doors answer, each in one piece with its length.</summary>
internal static class DoorAnswer
{
    private const string Json = "application/json";
    private static readonly byte[] SuccessBytes = """{"success":true}"""u8.ToArray();

    // Lent for a synchronous stretch, like the message table.
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer)? cached;

    private delegate void Write<T>(Utf8JsonWriter writer, T state);

    public static Task SuccessAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = Json;
        response.ContentLength = SuccessBytes.Length;
        return response.Body.WriteAsync(SuccessBytes).AsTask();
    }

    public static Task ProfileAsync(HttpContext context, string account) => WriteAsync(context, StatusCodes.Status200OK, Json, account, static (writer, account) =>
    {
        writer.WriteString("account"u8, account);
        writer.WriteBoolean("accepted"u8, true);
    });

    /// <summary>Per item, as the API page says: 200, or 400 where nothing could be read, which is a problem document too.</summary>
    public static Task ItemsAsync(HttpContext context, Delivery delivery)
    {
        var readSomething = delivery.Unreadable < delivery.Count || delivery.Count == 0;
        if (readSomething) return WriteAsync(context, StatusCodes.Status200OK, Json, delivery, static (writer, delivery) => WriteItems(writer, delivery, true));
        return WriteAsync(context, StatusCodes.Status400BadRequest, Problem.ContentType, delivery, static (writer, delivery) =>
        {
            var first = delivery.Refusals[0];
            Problem.WriteHead(writer, StatusCodes.Status400BadRequest, first.Code, $"Nothing in the body could be read. {first.Detail}");
            WriteItems(writer, delivery, false);
        });
    }

    private static void WriteItems(Utf8JsonWriter writer, Delivery delivery, bool success)
    {
        writer.WriteBoolean("success"u8, success);
        writer.WriteNumber("accepted"u8, delivery.Accepted);
        writer.WriteNumber("duplicates"u8, delivery.Duplicates);
        writer.WriteNumber("rejected"u8, delivery.Rejected);
        writer.WriteStartArray("errors"u8);
        foreach (var refusal in delivery.Refusals)
        {
            writer.WriteStartObject();
            writer.WriteNumber("index"u8, refusal.Index);
            writer.WriteString("message_id"u8, refusal.MessageId);
            writer.WriteString("code"u8, refusal.Code);
            writer.WriteString("detail"u8, refusal.Detail);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (delivery.Rejected > delivery.Refusals.Count) writer.WriteNumber("errors_omitted"u8, delivery.Rejected - delivery.Refusals.Count);
    }

    private static Task<FlushResult> WriteAsync<T>(HttpContext context, int status, string contentType, T state, Write<T> write)
    {
        var (bytes, writer) = cached ??= Make();
        bytes.ResetWrittenCount();
        writer.Reset();
        writer.WriteStartObject();
        write(writer, state);
        writer.WriteEndObject();
        writer.Flush();
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = bytes.WrittenCount;

        // Copied before anything is awaited, so that the cache may serve the next request of this thread.
        response.BodyWriter.Write(bytes.WrittenSpan);
        return response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Writer) Make()
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        return (bytes, new Utf8JsonWriter(bytes));
    }
}
