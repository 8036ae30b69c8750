namespace RealtimeAdoption.TestKit.Generators;

/// <summary>What a set of histories held: shows that the comparison lived where mistakes would show.</summary>
public sealed record HistoryStats
{
    public long Histories { get; set; }
    public long Sends { get; set; }
    public long Comparisons { get; set; }

    /// <summary>Products adopted at some time, counted per account at the end.</summary>
    public long Adoptions { get; set; }
    public long Lapses { get; set; }

    /// <summary>Days on which a product stood by its grace alone.</summary>
    public long Graces { get; set; }

    /// <summary>Changes of type correction that were reported.</summary>
    public long Corrections { get; set; }
    public long Rebuilds { get; set; }

    /// <summary>Comparisons of an account of which a gauge criterion had no value.</summary>
    public long Gaugeless { get; set; }

    /// <summary>Live events dated before the day they were received on.</summary>
    public long LateEvents { get; set; }
    public long HistoricEvents { get; set; }
    public long Duplicates { get; set; }
    public long Conflicts { get; set; }
    public long Future { get; set; }
    public long Crashes { get; set; }
    public long Ticks { get; set; }

    public void Add(HistoryStats other)
    {
        foreach (var property in typeof(HistoryStats).GetProperties())
            if (property.PropertyType == typeof(long)) property.SetValue(this, (long)property.GetValue(this)! + (long)property.GetValue(other)!);
    }
}
