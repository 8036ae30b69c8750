using Microsoft.OpenApi;

namespace RealtimeAdoption.Web.Answers;

/// <summary>A field of an endpoint's query: what is checked and what OpenAPI tells are the same list.</summary>
internal sealed record QueryField(string Name, string Description, JsonSchemaType Type = JsonSchemaType.String)
{
    public int? Min { get; init; }
    public int? Max { get; init; }
    public int? Default { get; init; }

    public static QueryField Cursor { get; } = new("cursor", "Where the page before ended: its next_cursor. Only good for the same query.");

    public static QueryField Limit { get; } = new("limit", "Rows a page.", JsonSchemaType.Integer) { Min = 1, Max = 1000, Default = 100 };

    public OpenApiParameter ToParameter() => new()
    {
        Name = Name,
        In = ParameterLocation.Query,
        Description = Description,
        Schema = new OpenApiSchema
        {
            Type = Type,
            Minimum = Min?.ToString(),
            Maximum = Max?.ToString(),
            Default = Default is { } number ? System.Text.Json.Nodes.JsonValue.Create(number) : null,
        },
    };
}
