using System.Globalization;
using System.Text;
using System.Text.Json;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>One line of a contract. Days are UTC; the end is the first day that is no longer covered.</summary>
internal sealed record ContractLine(string Product, int Start, int? End, decimal? Arr, decimal? ListPrice, bool Bundled);

/// <summary>
/// What CRM and billing say of an account. Cold: read from and written to a section of the block as a whole. A field of a wrong type is left as it is:
/// the doors refuse what they can, and a trait of a group call never costs the call.
/// </summary>
internal sealed class Profile
{
    private const byte Version = 1;

    public required string Account { get; init; }
    public string? Name { get; set; }
    public string? Segment { get; set; }
    public int? Employees { get; set; }
    public string? Industry { get; set; }
    public string? Owner { get; set; }
    public int? Seats { get; set; }

    /// <summary>Fixed point, -100..100.</summary>
    public long? Nps { get; set; }

    /// <summary>As given; null: the day of the last change stands for it.</summary>
    public string? NpsAt { get; set; }

    /// <summary>Day of receipt of the last change of <see cref="Nps"/>.</summary>
    public int? NpsChangedOn { get; set; }

    /// <summary>The day that the NPS is of; null without one.</summary>
    public int? NpsDay => Nps is null ? null : DayOf(NpsAt) ?? NpsChangedOn;
    public string? RenewalDate { get; set; }
    public string? LastContact { get; set; }
    public bool Churned { get; set; }

    /// <summary>Null: unknown.</summary>
    public IReadOnlyList<ContractLine>? Contract { get; set; }

    /// <summary>Contract value a year of the lines that cover the day; null: no contract known.</summary>
    public decimal? ArrOn(int day) => Contract?.Where(line => line.Start <= day && (line.End is not { } end || day < end)).Sum(line => line.Arr ?? 0);

    /// <summary>UTC day of a field that holds a date or an instant; null: it holds neither.</summary>
    public static int? DayOf(string? text) => text is not null && InstantText.TryParse(Encoding.UTF8.GetBytes(text), out var ms) ? Days.Of(ms) : null;

    /// <summary>The account's id, which stands first, without reading the rest.</summary>
    public static ReadOnlySpan<byte> AccountOf(ReadOnlySpan<byte> section)
    {
        int length = section[1], at = 2;
        if (length >= 0x80)
        {
            length = (length & 0x7F) | (section[2] << 7);
            at = 3;
        }

        return section.Slice(at, length);
    }

    public static Profile Read(in AccountBlock block) => Read(block.SectionSpan(block.Layout.Profile));

    public static Profile Read(ReadOnlySpan<byte> section)
    {
        var reading = new ByteReading(section);
        if (reading.Byte() != Version) throw new InvalidDataException("A profile of an unknown version.");
        return new Profile
        {
            Account = reading.Text(),
            Name = ReadText(ref reading),
            Segment = ReadText(ref reading),
            Employees = ReadInt(ref reading),
            Industry = ReadText(ref reading),
            Owner = ReadText(ref reading),
            Seats = ReadInt(ref reading),
            Nps = reading.Bool() ? reading.Int64() : null,
            NpsAt = ReadText(ref reading),
            NpsChangedOn = ReadInt(ref reading),
            RenewalDate = ReadText(ref reading),
            LastContact = ReadText(ref reading),
            Churned = reading.Bool(),
            Contract = reading.Bool() ? ReadLines(ref reading) : null,
        };
    }

    public void Write(in AccountBlock block)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(Account);
        WriteText(writer, Name);
        WriteText(writer, Segment);
        WriteInt(writer, Employees);
        WriteText(writer, Industry);
        WriteText(writer, Owner);
        WriteInt(writer, Seats);
        writer.Write(Nps is not null);
        if (Nps is { } nps) writer.Write(nps);
        WriteText(writer, NpsAt);
        WriteInt(writer, NpsChangedOn);
        WriteText(writer, RenewalDate);
        WriteText(writer, LastContact);
        writer.Write(Churned);
        writer.Write(Contract is not null);
        if (Contract is not null) WriteLines(writer, Contract);
        writer.Flush();
        var bytes = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        block.Resize(block.Layout.Profile, bytes.Length);
        var section = block.SectionSpan(block.Layout.Profile);
        section.Clear();
        bytes.CopyTo(section);
        block.Set(BlockFlags.Churned, Churned);
        HealthScore.TakeProfile(block, this);
    }

    /// <summary>Sets the fields that the record has; a whole profile starts from nothing.</summary>
    public Profile With(in Record record)
    {
        var next = record.Kind == RecordKind.Profile ? new Profile { Account = Account, NpsChangedOn = NpsChangedOn } : this;
        var before = Nps;
        foreach (var property in record.Properties) next.Set(property);
        if (next.Nps != before) next.NpsChangedOn = Days.Of(record.ReceivedAtMs);
        return next;
    }

    private void Set(in Property property)
    {
        switch (Encoding.UTF8.GetString(property.Name))
        {
            case "name": Name = Text(property, Name); break;
            case "segment": Segment = Text(property, Segment); break;
            case "employees": Employees = Whole(property, Employees); break;
            case "industry": Industry = Text(property, Industry); break;
            case "owner": Owner = Text(property, Owner); break;
            case "seats": Seats = Whole(property, Seats); break;
            case "nps": Nps = NpsOf(property); break;
            case "nps_at": NpsAt = Text(property, NpsAt); break;
            case "renewal_date": RenewalDate = Text(property, RenewalDate); break;
            case "last_contact": LastContact = Text(property, LastContact); break;
            case "status" when property.Kind == PropertyKind.Null: Churned = false; break;
            case "status" when property.Value.SequenceEqual("churned"u8): Churned = true; break;
            case "status" when property.Value.SequenceEqual("active"u8): Churned = false; break;
            case "contract" when property.Kind == PropertyKind.Null: Contract = null; break;
            case "contract" when property.Kind == PropertyKind.Json: Contract = Lines(property.Value) ?? Contract; break;
        }
    }

    private static string? Text(in Property property, string? current) => property.Kind switch
    {
        PropertyKind.Null => null,
        PropertyKind.Text => Encoding.UTF8.GetString(property.Value),
        _ => current,
    };

    private static int? Whole(in Property property, int? current)
    {
        if (property.Kind == PropertyKind.Null) return null;
        if (property.Kind != PropertyKind.Number || !DecimalText.TryUnits(property.Value, out var units)) return current;
        return units >= 0 && units % DecimalText.Unit == 0 && units / DecimalText.Unit <= int.MaxValue ? (int)(units / DecimalText.Unit) : current;
    }

    private long? NpsOf(in Property property)
    {
        if (property.Kind == PropertyKind.Null) return null;
        if (property.Kind != PropertyKind.Number || !DecimalText.TryUnits(property.Value, out var units)) return Nps;
        return Math.Abs(units) <= 100 * DecimalText.Unit ? units : Nps;
    }

    /// <summary>Null: not a contract.</summary>
    private static List<ContractLine>? Lines(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        JsonElement root;
        try
        {
            root = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return null;
        }

        if (root.ValueKind != JsonValueKind.Array) return null;
        var lines = new List<ContractLine>();
        foreach (var item in root.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object) return null;
            if (!item.TryGetProperty("product", out var product) || product.GetString() is not { } id || Day(item, "start") is not { } start) return null;
            var bundled = item.TryGetProperty("bundled", out var flag) && flag.ValueKind == JsonValueKind.True;
            lines.Add(new ContractLine(id, start, Day(item, "end"), Money(item, "arr"), Money(item, "list_price"), bundled));
        }

        return lines;
    }

    private static int? Day(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? Days.Of(date) : null;

    private static decimal? Money(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var money) ? money : null;

    private static List<ContractLine> ReadLines(ref ByteReading reading)
    {
        var count = reading.Int32();
        var lines = new List<ContractLine>(count);
        for (var i = 0; i < count; i++)
        {
            lines.Add(new ContractLine(
                reading.Text(),
                reading.Int32(),
                ReadInt(ref reading),
                reading.Bool() ? reading.Decimal() : null,
                reading.Bool() ? reading.Decimal() : null,
                reading.Bool()));
        }

        return lines;
    }

    private static void WriteLines(BinaryWriter writer, IReadOnlyList<ContractLine> lines)
    {
        writer.Write(lines.Count);
        foreach (var line in lines)
        {
            writer.Write(line.Product);
            writer.Write(line.Start);
            WriteInt(writer, line.End);
            WriteMoney(writer, line.Arr);
            WriteMoney(writer, line.ListPrice);
            writer.Write(line.Bundled);
        }
    }

    private static string? ReadText(ref ByteReading reading) => reading.Bool() ? reading.Text() : null;

    private static int? ReadInt(ref ByteReading reading) => reading.Bool() ? reading.Int32() : null;

    private static void WriteText(BinaryWriter writer, string? value)
    {
        writer.Write(value is not null);
        if (value is not null) writer.Write(value);
    }

    private static void WriteInt(BinaryWriter writer, int? value)
    {
        writer.Write(value is not null);
        if (value is { } number) writer.Write(number);
    }

    private static void WriteMoney(BinaryWriter writer, decimal? value)
    {
        writer.Write(value is not null);
        if (value is { } money) writer.Write(money);
    }
}
