using System.Globalization;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What a figure is of. Stored: numbers only grow. The names that answers show stand in <see cref="AlertFigures"/>.</summary>
internal enum Figure : byte
{
    From, To, Band, Score, ScoreBefore, ScoreAfter, Measure, Points, Stage, Products, AdoptedOn, LapsedOn, Metric, Value, AtLeast, WithinDays, StartedOn,
    Arr, PrimaryProduct, Days, DueAfterDays, Depth, LastActivityOn, ActiveUsers, Seats, Nps, NpsOn, RenewalDate, LastContact, Whitespace, Lost, Contract,
}

/// <summary>
/// The numbers behind an alert, in the order in which they were put: whole numbers, decimals, texts, days as texts. While an alert is live its block keeps those that only its opening knew;
/// of one that has ended, all of them.
/// </summary>
internal sealed class AlertFigures
{
    private static readonly string[] Names =
    [
        "from", "to", "band", "score", "score_before", "score_after", "measure", "points", "stage", "products", "adopted_on", "lapsed_on", "metric", "value", "at_least", "within_days",
        "started_on", "arr", "primary_product", "days", "due_after_days", "depth", "last_activity_on", "active_users", "seats", "nps", "nps_on", "renewal_date", "last_contact", "whitespace",
        "lost", "contract",
    ];

    private readonly List<(Figure Name, object Value)> values = [];

    public int Count => values.Count;

    /// <summary>One that is there already is replaced; null is left out.</summary>
    public AlertFigures Put(Figure name, object? value)
    {
        if (value is null) return this;
        var at = values.FindIndex(figure => figure.Name == name);
        if (at < 0) values.Add((name, value));
        else values[at] = (name, value);
        return this;
    }

    public AlertFigures PutDay(Figure name, int day) => Put(name, DayText(day));

    public bool Has(Figure name) => Find(name) is not null;

    /// <summary>Empty: there is no such text.</summary>
    public string Text(Figure name) => Find(name) as string ?? "";

    /// <summary>0: there is no such number.</summary>
    public int Whole(Figure name) => Find(name) is int number ? number : 0;

    public decimal Number(Figure name) => Find(name) switch
    {
        decimal number => number,
        int number => number,
        _ => 0,
    };

    /// <summary>As an answer shows them.</summary>
    public Dictionary<string, object> ToDictionary() => values.ToDictionary(figure => Names[(int)figure.Name], figure => figure.Value, StringComparer.Ordinal);

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)values.Count);
        foreach (var (name, value) in values)
        {
            writer.Write((byte)name);
            switch (value)
            {
                case int number:
                    writer.Write((byte)0);
                    writer.Write7BitEncodedInt(number);
                    break;
                case decimal number:
                    writer.Write((byte)1);
                    writer.Write7BitEncodedInt64((long)(Math.Clamp(number, -9e12m, 9e12m) * DecimalText.Unit));
                    break;
                default:
                    writer.Write((byte)2);
                    writer.Write((string)value);
                    break;
            }
        }
    }

    public static AlertFigures Read(ref ByteReading reading)
    {
        var figures = new AlertFigures();
        var count = reading.Byte();
        for (var i = 0; i < count; i++)
        {
            var name = (Figure)reading.Byte();
            figures.values.Add((name, reading.Byte() switch
            {
                0 => (int)reading.Number(),
                1 => (long)reading.Number() / (decimal)DecimalText.Unit,
                _ => reading.Text(),
            }));
        }

        return figures;
    }

    public static string DayText(int day) => Days.ToDate(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Null: it is not there.</summary>
    public object? Find(Figure name)
    {
        foreach (var figure in values)
        {
            if (figure.Name == name) return figure.Value;
        }

        return null;
    }
}
