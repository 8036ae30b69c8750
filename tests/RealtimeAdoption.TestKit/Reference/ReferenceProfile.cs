using System.Globalization;
using System.Text.Json;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>A contract line; <paramref name="End"/> null: open. Days since 1970-01-01. <paramref name="Arr"/> null: not told.</summary>
public sealed record PlainContractLine(string Product, int Start, int? End, decimal? Arr)
{
    public bool Covers(int day) => Start <= day && (End is null || day < End);
}

/// <summary>The account's fields as they stand after a list of records: field by field the later in journal order wins.</summary>
public sealed class ReferenceProfile
{
    private readonly Dictionary<string, PlainValue> fields = new(StringComparer.Ordinal);
    private readonly int npsChangedOn;

    public ReferenceProfile(IEnumerable<Judged> recordsInOrder)
    {
        foreach (var record in recordsInOrder)
        {
            if (record.Send.Kind is not (RecordKind.Traits or RecordKind.Profile)) continue;
            var nps = Number("nps");
            if (record.Send.Kind == RecordKind.Profile) fields.Clear();
            foreach (var (name, value) in record.Send.Properties) fields[name] = value;
            if (Number("nps") != nps) npsChangedOn = record.ReceiptDay;
        }

        Contract = ReadContract();
    }

    /// <summary>Null: not known.</summary>
    public IReadOnlyList<PlainContractLine>? Contract { get; }

    public string? Text(string field) => fields.TryGetValue(field, out var value) && value.Kind == PropertyKind.Text ? value.Text : null;

    public int? Whole(string field) =>
        fields.TryGetValue(field, out var value) && value.Kind == PropertyKind.Number ? int.Parse(value.Text, CultureInfo.InvariantCulture) : null;

    public decimal? Number(string field) =>
        fields.TryGetValue(field, out var value) && value.Kind == PropertyKind.Number ? decimal.Parse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture) : null;

    /// <summary>UTC day of a date or an instant; null where the text is neither.</summary>
    public int? Day(string field)
    {
        if (Text(field) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return Days.Of(date);
        if (!text.Contains('T', StringComparison.Ordinal)) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? Days.Of(instant.ToUnixTimeMilliseconds()) : null;
    }

    public bool Churned => Text("status") == "churned";

    /// <summary>The account's own NPS and its day: of <c>nps_at</c>, else of the receipt of the record that last changed the value.</summary>
    public (decimal Value, int Day)? OwnNps => Number("nps") is { } value ? (value, Day("nps_at") ?? npsChangedOn) : null;

    /// <summary>Null: no contract is known.</summary>
    public decimal? Arr(int day) => Contract?.Where(line => line.Covers(day)).Sum(line => line.Arr ?? 0);

    public bool Entitled(string product, int day) => Contract is null || Contract.Any(line => line.Product == product && line.Covers(day));

    /// <summary>The trait where it is a segment's id; else the segment with the greatest lower bound not above the employees; else unknown.</summary>
    public string Segment(AdoptionModel model)
    {
        var named = Text("segment");
        if (named is not null && model.Segments.Any(s => s.Id == named)) return named;
        if (Whole("employees") is not { } employees) return "unknown";
        var reached = model.Segments.Where(s => s.EmployeesFrom <= employees).ToList();
        return reached.Count == 0 ? "unknown" : reached.MaxBy(s => s.EmployeesFrom)!.Id;
    }

    private List<PlainContractLine>? ReadContract()
    {
        if (!fields.TryGetValue("contract", out var value) || value.Kind != PropertyKind.Json) return null;
        using var document = JsonDocument.Parse(value.Text);
        var lines = new List<PlainContractLine>();
        foreach (var line in document.RootElement.EnumerateArray())
        {
            var end = line.TryGetProperty("end", out var e) && e.ValueKind == JsonValueKind.String ? e.GetString() : null;
            var arr = line.TryGetProperty("arr", out var a) && a.ValueKind == JsonValueKind.Number ? (decimal?)a.GetDecimal() : null;
            lines.Add(new(line.GetProperty("product").GetString()!, ExactDay(line.GetProperty("start").GetString()!), end is null ? null : ExactDay(end), arr));
        }

        return lines;
    }

    private static int ExactDay(string text) => Days.Of(DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture));
}
