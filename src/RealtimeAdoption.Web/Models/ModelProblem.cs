using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Models;

/// <summary>400 <c>invalid_model</c>: everything that is wrong in a model file, with line and column.</summary>
internal sealed class ModelProblem(IReadOnlyList<ModelFileError> errors) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status400BadRequest;
        response.ContentType = Problem.ContentType;
        Write(response.BodyWriter);
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }

    private void Write(IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        Problem.WriteHead(
            writer, StatusCodes.Status400BadRequest, "invalid_model", errors.Count == 1 ? $"The model is not valid: {errors[0]}" : $"The model is not valid; errors lists all {errors.Count} that is wrong with it.");
        writer.WriteStartArray("errors");
        foreach (var error in errors)
        {
            writer.WriteStartObject();
            writer.WriteNumber("line", error.Line);
            writer.WriteNumber("column", error.Column);
            writer.WriteString("path", error.Path);
            writer.WriteString("problem", error.Problem);
            writer.WriteString("expected", error.Expected);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
