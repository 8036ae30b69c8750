using System.Globalization;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Answers;

/// <summary>
/// Reads a request's query against the fields that its endpoint knows, and gathers everything that is wrong with it. An empty value is as good as none;
/// an unknown field is refused, because a filter that is silently ignored answers another question.
/// </summary>
internal sealed class QueryReader
{
    private readonly IQueryCollection query;
    private readonly List<FieldError> errors = [];

    public QueryReader(HttpContext context, IReadOnlyList<QueryField> fields)
    {
        query = context.Request.Query;
        foreach (var (name, values) in query)
        {
            if (!fields.Any(field => field.Name == name))
                Refuse(name, fields.Count == 0 ? "There is no such field; this query has none." : $"There is no such field; this query has {string.Join(", ", fields.Select(field => field.Name))}.");
            else if (values.Count > 1)
                Refuse(name, "Give it once.");
        }
    }

    /// <summary>Null: nothing was wrong.</summary>
    public ProblemResult? Problem => errors.Count == 0
        ? null
        : new ProblemResult(StatusCodes.Status400BadRequest, "invalid_query", errors.Count == 1 ? $"{errors[0].Field}: {errors[0].Detail}" : $"{errors.Count} fields of the query are wrong.", errors);

    public void Refuse(string field, string detail) => errors.Add(new FieldError(field, detail));

    /// <summary>Null where it is absent or empty.</summary>
    public string? Text(string field) => query.TryGetValue(field, out var values) && values.Count == 1 && !string.IsNullOrEmpty(values[0]) ? values[0] : null;

    public bool Flag(string field)
    {
        switch (Text(field))
        {
            case null or "false":
                return false;
            case "true":
                return true;
            default:
                Refuse(field, "Say true or false.");
                return false;
        }
    }

    /// <summary>A whole number within the field's bounds.</summary>
    public int Number(QueryField field)
    {
        var fallback = field.Default!.Value;
        if (Text(field.Name) is not { } text) return fallback;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= field.Min && number <= field.Max) return number;
        Refuse(field.Name, $"Give a whole number from {field.Min} to {field.Max}.");
        return fallback;
    }

    /// <summary>The place of the value among those that there are; null where it is absent.</summary>
    public int? OneOf(string field, IReadOnlyList<string> values)
    {
        if (Text(field) is not { } text) return null;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] == text) return i;
        }

        Refuse(field, $"There is no such {field}; there are {string.Join(", ", values)}.");
        return null;
    }

    /// <summary>The cursor of a list that is keyed by a number. Without one: <paramref name="first"/>.</summary>
    public long After(ulong list, long first)
    {
        if (!Cursor(list, out var key, out _) || key is null) return first;
        if (long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        Refuse(QueryField.Cursor.Name, PageCursor.Unreadable);
        return first;
    }

    /// <summary>False, and refused, where the cursor is not one of this list; true with nulls where there is none.</summary>
    public bool Cursor(ulong list, out string? key, out string? id)
    {
        key = id = null;
        if (Text(QueryField.Cursor.Name) is not { } text) return true;
        if (PageCursor.TryRead(text, list, out key, out id, out var detail)) return true;
        Refuse(QueryField.Cursor.Name, detail);
        return false;
    }
}
