using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.People;

/// <summary>
/// What a person's action says, from a JSON body of texts and truth values or from a query, with everything that is wrong with it. Read it field by field, then
/// <see cref="RefuseOthers"/>.
/// </summary>
internal sealed class PersonFields
{
    public const int NameBytesMax = 255;
    public const int ReasonBytesMax = 1024;
    private const int NamesShown = 64;

    // A text, a truth value, null, or anything else as Unusable.
    private readonly Dictionary<string, object?> fields = new(StringComparer.Ordinal);
    private readonly List<string> asked = [];

    private static readonly object Unusable = new();

    public List<FieldError> Errors { get; } = [];

    public static PersonFields OfQuery(IQueryCollection query)
    {
        var read = new PersonFields();
        foreach (var (name, values) in query) read.fields[name] = values.Count == 1 ? values[0] : Unusable;
        return read;
    }

    public static PersonFields OfBody(ReadOnlyMemory<byte> body, int depthMax)
    {
        var read = new PersonFields();
        if (!Utf8.IsValid(body.Span)) read.Refuse("", "The body is not valid UTF-8.");
        else read.Parse(body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body, depthMax);
        return read;
    }

    public void Refuse(string field, string detail) => Errors.Add(new FieldError(field, detail));

    /// <summary>It is there, as a text of nothing.</summary>
    public bool IsEmptyText(string field) => fields.GetValueOrDefault(field) is "";

    public bool Has(string field) => fields.ContainsKey(field);

    /// <summary>Null: absent, null, empty or refused.</summary>
    public string? Text(string field, int bytesMax, bool isNeeded)
    {
        asked.Add(field);
        var value = fields.GetValueOrDefault(field);
        if (value is null or "")
        {
            if (isNeeded) Refuse(field, $"is needed: a text of at most {bytesMax} bytes.");
            return null;
        }

        if (value is string text && Encoding.UTF8.GetByteCount(text) <= bytesMax && !text.Contains('\0', StringComparison.Ordinal)) return text;
        Refuse(field, $"must be a text of at most {bytesMax} bytes without a NUL.");
        return null;
    }

    /// <summary>A day after <paramref name="after"/>; null: absent, null or refused.</summary>
    public DateOnly? Day(string field, DateOnly after, bool isNeeded)
    {
        asked.Add(field);
        var value = fields.GetValueOrDefault(field);
        if (value is null or "")
        {
            if (isNeeded) Refuse(field, $"is needed: a date after {Shown(after)}.");
            return null;
        }

        if (value is string text && InstantText.TryDate(Encoding.UTF8.GetBytes(text), out var number) && Days.ToDate(number) is var day && day > after) return day;
        Refuse(field, $"must be a date after {Shown(after)}, such as {Shown(after.AddDays(7))}, up to 2100.");
        return null;
    }

    public bool Flag(string field)
    {
        asked.Add(field);
        var value = fields.GetValueOrDefault(field);
        if (value is not (null or bool)) Refuse(field, "must be true or false.");
        return value is true;
    }

    /// <summary>A misspelt field must not be passed over: the person would believe that it counted.</summary>
    public void RefuseOthers()
    {
        foreach (var name in fields.Keys.Where(name => !asked.Contains(name)))
            Refuse(name.Length <= NamesShown ? name : name[..NamesShown], $"is no field of this; it has {string.Join(", ", asked)}.");
    }

    private static string Shown(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private void Parse(ReadOnlyMemory<byte> body, int depthMax)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = depthMax });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                Refuse("", "The body must be an object.");
                return;
            }

            // Of a repeated field the last value stands.
            foreach (var property in document.RootElement.EnumerateObject())
            {
                fields[property.Name] = property.Value.ValueKind switch
                {
                    JsonValueKind.String => property.Value.GetString(),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.Null => null,
                    _ => Unusable,
                };
            }
        }
        catch (JsonException e)
        {
            Refuse("", $"The body cannot be read as JSON (nested at most {depthMax} deep): {e.Message}");
        }
        catch (InvalidOperationException)
        {
            Refuse("", "A string is no valid Unicode: half a surrogate pair.");
        }
    }
}
