using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace RealtimeAdoption.Web.Problems;

/// <summary>One of several things wrong with a request.</summary>
/// <param name="Field">Where, e.g. <c>contract[1].start</c> or a query field's name.</param>
/// <param name="Detail">What is wrong and what would be right.</param>
public readonly record struct FieldError(string Field, string Detail);

/// <summary>Writes an error answer, <c>application/problem+json</c> (RFC 9457): type, title, status, detail, code, and <c>errors</c> where there are several.</summary>
public static class Problem
{
    public const string ContentType = "application/problem+json";

    /// <summary><paramref name="code"/> is one word for programs, from the API page; <paramref name="detail"/> a sentence for people. A 503 says when to come again: in a second, where nobody has said another time.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string detail, IReadOnlyList<FieldError>? errors = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        if (status == StatusCodes.Status503ServiceUnavailable && response.Headers.RetryAfter.Count == 0) response.Headers.RetryAfter = "1";
        Write(response.BodyWriter, status, code, detail, errors);
        return response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    private static void Write(IBufferWriter<byte> output, int status, string code, string detail, IReadOnlyList<FieldError>? errors)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        WriteHead(writer, status, code, detail);
        if (errors is { Count: > 0 })
        {
            writer.WriteStartArray("errors");
            foreach (var error in errors)
            {
                writer.WriteStartObject();
                writer.WriteString("field", error.Field);
                writer.WriteString("detail", error.Detail);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    internal static void WriteHead(Utf8JsonWriter writer, int status, string code, string detail)
    {
        writer.WriteString("type", $"urn:realtime-adoption:problem:{code}");
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        writer.WriteNumber("status", status);
        writer.WriteString("detail", detail);
        writer.WriteString("code", code);
    }
}
