using System.Globalization;
using System.Text;

namespace RealtimeAdoption.Scoring.Records;

/// <summary>The properties of records that say what a person did: texts and days. What is of another kind counts as absent.</summary>
internal static class PersonText
{
    public static string? Of(in Record record, ReadOnlySpan<byte> name) =>
        record.TryProperty(name, out var property) && property.Kind == PropertyKind.Text ? Encoding.UTF8.GetString(property.Value) : null;

    /// <summary>Absent and null are no day; false: there is something else.</summary>
    public static bool TryDay(in Record record, ReadOnlySpan<byte> name, out DateOnly? day)
    {
        day = null;
        if (!record.TryProperty(name, out var property) || property.Kind == PropertyKind.Null) return true;
        if (property.Kind != PropertyKind.Text || !InstantText.TryDate(property.Value, out var number)) return false;
        day = Days.ToDate(number);
        return true;
    }

    public static void AddDay(RecordBuffer records, ReadOnlySpan<byte> name, DateOnly day) =>
        records.Add(PropertyKind.Text, name, Encoding.UTF8.GetBytes(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
}
