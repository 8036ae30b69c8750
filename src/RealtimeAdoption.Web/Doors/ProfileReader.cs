using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// Reads a profile, notes everything that is wrong with it, and writes its fields as a record's properties in normal form: dates as <c>2026-11-20</c>, instants as
/// RFC 3339 UTC with milliseconds, the contract as JSON with every field of every line. A document tree is fine here: profiles come seldom.
/// </summary>
internal sealed class ProfileReader(RecordBuffer records, AdoptionModel model)
{
    private const int TextBytesMax = 1024;
    private const int ContractLinesMax = 1000;
    private const decimal MoneyMax = 1_000_000_000_000m;

    private static readonly string[] Fields = ["name", "segment", "employees", "industry", "owner", "seats", "nps", "nps_at", "renewal_date", "last_contact", "status", "contract"];

    public List<FieldError> Errors { get; } = [];

    public void Read(ReadOnlyMemory<byte> body, int depthMax)
    {
        if (!Utf8.IsValid(body.Span))
        {
            Errors.Add(new FieldError("", "The body is not valid UTF-8."));
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body, new JsonDocumentOptions { MaxDepth = depthMax });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                Errors.Add(new FieldError("", "The profile must be an object."));
                return;
            }

            foreach (var (name, value) in FieldsOf(document.RootElement)) ReadField(name, value);
        }
        catch (JsonException e)
        {
            Errors.Add(new FieldError("", $"The body cannot be read as JSON (nested at most {depthMax} deep): {e.Message}"));
        }
        catch (InvalidOperationException)
        {
            Errors.Add(new FieldError("", "A string is no valid Unicode: half a surrogate pair."));
        }
    }

    // Of a repeated field the last value stands.
    private static Dictionary<string, JsonElement> FieldsOf(JsonElement element)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject()) fields[property.Name] = property.Value;
        return fields;
    }

    private void ReadField(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null && Fields.Contains(name)) return;
        switch (name)
        {
            case "name" or "industry" or "owner":
                if (TryText(name, value, out var text)) Add(name, PropertyKind.Text, text);
                break;
            case "segment":
                if (!TryText(name, value, out text)) break;
                if (model.Segments.Any(segment => segment.Id == text)) Add(name, PropertyKind.Text, text);
                else Errors.Add(new FieldError(name, $"'{text}' is no segment of the model; it has {string.Join(", ", model.Segments.Select(segment => segment.Id))}. Null: computed from employees."));
                break;
            case "status":
                if (!TryText(name, value, out text)) break;
                if (text is "active" or "churned") Add(name, PropertyKind.Text, text);
                else Errors.Add(new FieldError(name, "must be active or churned."));
                break;
            case "employees" or "seats":
                if (TryNumber(name, value, 0, int.MaxValue, wholeOnly: true, out var number)) Add(name, PropertyKind.Number, number.ToString(CultureInfo.InvariantCulture));
                break;
            case "nps":
                if (TryNumber(name, value, -100, 100, wholeOnly: false, out number)) Add(name, PropertyKind.Number, number.ToString(CultureInfo.InvariantCulture));
                break;
            case "nps_at" or "renewal_date" or "last_contact":
                if (TryText(name, value, out text)) ReadInstant(name, text);
                break;
            case "contract":
                ReadContract(value);
                break;
            default:
                Errors.Add(new FieldError(Shortened(name), $"is no field of a profile; it has {string.Join(", ", Fields)}."));
                break;
        }
    }

    private void ReadInstant(string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (InstantText.TryDate(bytes, out _))
            Add(name, PropertyKind.Text, text);
        else if (InstantText.TryParse(bytes, out var ms))
            Add(name, PropertyKind.Text, DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        else
            Errors.Add(new FieldError(name, $"is no date; give 2026-11-20, or {InstantText.Expected}."));
    }

    private void ReadContract(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            Errors.Add(new FieldError("contract", "must be an array of lines, or null where it is not known."));
            return;
        }

        if (value.GetArrayLength() > ContractLinesMax)
        {
            Errors.Add(new FieldError("contract", $"has {value.GetArrayLength()} lines; at most {ContractLinesMax}."));
            return;
        }

        var json = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(json);
        writer.WriteStartArray();
        var index = 0;
        foreach (var line in value.EnumerateArray()) ReadLine(writer, line, $"contract[{index++}]");
        if (Errors.Count > 0) return;
        writer.WriteEndArray();
        writer.Flush();
        records.Add(PropertyKind.Json, "contract"u8, json.WrittenSpan);
    }

    private void ReadLine(Utf8JsonWriter writer, JsonElement line, string path)
    {
        if (line.ValueKind != JsonValueKind.Object)
        {
            Errors.Add(new FieldError(path, "must be an object."));
            return;
        }

        var before = Errors.Count;
        var fields = FieldsOf(line);
        var product = ProductOf(fields, path);
        var start = DateOf(fields, path, "start", required: true);
        var end = DateOf(fields, path, "end", required: false);
        if (start is { } from && end is { } until && until <= from) Errors.Add(new FieldError($"{path}.end", "must be after start: it is the first day that is no longer covered."));
        var arr = MoneyOf(fields, path, "arr");
        var listPrice = MoneyOf(fields, path, "list_price");
        var bundled = BooleanOf(fields, path, "bundled");
        foreach (var unknown in fields.Keys.Where(name => name is not ("product" or "start" or "end" or "arr" or "list_price" or "bundled")))
            Errors.Add(new FieldError($"{path}.{Shortened(unknown)}", "is no field of a contract line; it has product, start, end, arr, list_price, bundled."));
        if (Errors.Count > before) return;
        writer.WriteStartObject();
        writer.WriteString("product", product);
        writer.WriteString("start", DateText(start!.Value));
        if (end is { } last) writer.WriteString("end", DateText(last));
        else writer.WriteNull("end");

        // Not told is not 0: what is given away is not missed when nobody uses it (product_unadopted).
        if (arr is { } money) writer.WriteNumber("arr", money);
        else writer.WriteNull("arr");
        if (listPrice is { } price) writer.WriteNumber("list_price", price);
        else writer.WriteNull("list_price");
        writer.WriteBoolean("bundled", bundled);
        writer.WriteEndObject();
    }

    private string? ProductOf(Dictionary<string, JsonElement> fields, string path)
    {
        var products = string.Join(", ", model.Products.Select(product => product.Id));
        if (!fields.TryGetValue("product", out var value) || value.ValueKind != JsonValueKind.String)
        {
            Errors.Add(new FieldError($"{path}.product", $"is needed: one of {products}."));
            return null;
        }

        var id = value.GetString()!;
        if (model.Products.All(product => product.Id != id)) Errors.Add(new FieldError($"{path}.product", $"'{Shortened(id)}' is no product of the model; it has {products}."));
        return id;
    }

    private int? DateOf(Dictionary<string, JsonElement> fields, string path, string field, bool required)
    {
        if (!fields.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required) Errors.Add(new FieldError($"{path}.{field}", "is needed: a date such as 2026-11-20."));
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && InstantText.TryDate(Encoding.UTF8.GetBytes(value.GetString()!), out var day)) return day;
        Errors.Add(new FieldError($"{path}.{field}", "must be a date such as 2026-11-20, within the years 1970 to 2100."));
        return null;
    }

    private decimal? MoneyOf(Dictionary<string, JsonElement> fields, string path, string field)
    {
        if (!fields.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return TryNumber($"{path}.{field}", value, 0, MoneyMax, wholeOnly: false, out var number) ? number : null;
    }

    private bool BooleanOf(Dictionary<string, JsonElement> fields, string path, string field)
    {
        if (!fields.TryGetValue(field, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False) return false;
        if (value.ValueKind != JsonValueKind.True) Errors.Add(new FieldError($"{path}.{field}", "must be true or false."));
        return true;
    }

    private bool TryText(string field, JsonElement value, out string text)
    {
        text = "";
        if (value.ValueKind != JsonValueKind.String)
        {
            Errors.Add(new FieldError(field, "must be a string or null."));
            return false;
        }

        text = value.GetString()!;
        if (Encoding.UTF8.GetByteCount(text) <= TextBytesMax) return true;
        Errors.Add(new FieldError(field, $"has more than {TextBytesMax} bytes."));
        return false;
    }

    // By the number's own text: rounded half-even to 6 decimals, as everywhere.
    private bool TryNumber(string field, JsonElement value, decimal from, decimal to, bool wholeOnly, out decimal number)
    {
        number = 0;
        if (value.ValueKind == JsonValueKind.Number && DecimalText.TryUnits(Encoding.UTF8.GetBytes(value.GetRawText()), out var units))
        {
            number = DecimalText.ToDecimal(units);
            if (number >= from && number <= to && (!wholeOnly || decimal.IsInteger(number)))
            {
                if (wholeOnly) number = decimal.Truncate(number);
                return true;
            }
        }

        Errors.Add(new FieldError(field, $"must be a {(wholeOnly ? "whole number" : "number")} of {from.ToString("#,0", CultureInfo.InvariantCulture)} to {to.ToString("#,0", CultureInfo.InvariantCulture)}."));
        return false;
    }

    private void Add(string name, PropertyKind kind, string value) => records.Add(kind, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));

    private static string DateText(int day) => Days.ToDate(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Shortened(string text) => text.Length <= 64 ? text : text[..64];
}
