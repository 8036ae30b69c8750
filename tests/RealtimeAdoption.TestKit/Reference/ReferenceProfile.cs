using System.Globalization;
using System.Text.Json;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>A contract line; <paramref name="End"/> null: open. Days since 1970-01-01.</summary>
public sealed record PlainContractLine(string Product, int Start, int? End)
{
    public bool Covers(int day) => Start <= day && (End is null || day < End);
}

/// <summary>The account's fields as they stand after a list of records: field by field the later in journal order wins.</summary>
public sealed class ReferenceProfile
{
    private readonly Dictionary<string, PlainValue> fields = new(StringComparer.Ordinal);

    public ReferenceProfile(IEnumerable<Judged> recordsInOrder)
    {
        foreach (var record in recordsInOrder)
        {
            if (record.Send.Kind is not (RecordKind.Traits or RecordKind.Profile)) continue;
            if (record.Send.Kind == RecordKind.Profile) fields.Clear();
            foreach (var (name, value) in record.Send.Properties) fields[name] = value;
        }

        Contract = ReadContract();
    }

    /// <summary>Null: not known.</summary>
    public IReadOnlyList<PlainContractLine>? Contract { get; }

    public string? Text(string field) => fields.TryGetValue(field, out var value) && value.Kind == PropertyKind.Text ? value.Text : null;

    public int? Whole(string field) =>
        fields.TryGetValue(field, out var value) && value.Kind == PropertyKind.Number ? int.Parse(value.Text, CultureInfo.InvariantCulture) : null;

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
            lines.Add(new(line.GetProperty("product").GetString()!, Day(line.GetProperty("start").GetString()!), end is null ? null : Day(end)));
        }

        return lines;
    }

    private static int Day(string text) => Days.Of(DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture));
}
