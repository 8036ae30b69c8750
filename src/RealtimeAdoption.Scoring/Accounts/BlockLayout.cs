using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// Where things lie in an account's block under a model. A block starts on a cache line, and what every event needs stands side by side: a line of head, the section table (where each section
/// begins, and at last where all end), one pair of day masks a product. Behind it the cold head, then the sections, which grow. A block made under another layout is refused:
/// a new model means a rebuild.
/// <para>To add a field that most events leave alone: a property of <see cref="AccountBlock"/> behind the last one of the cold head, and <see cref="ColdSize"/> raised by its size (in eights).
/// To add a section: a number from <c>next++</c> below, its size at first in <see cref="InitialCapacity"/>, and what its size follows from in the hash. Either way
/// <see cref="AccountBlock.CurrentVersion"/> rises by one: stored states of another version are not read, the journal is replayed.</para>
/// </summary>
internal sealed class BlockLayout
{
    public const int HeadSize = 64;
    public const int ColdSize = 40;
    public const int SectionEntrySize = 4;
    public const int ProductSize = 16;

    /// <summary>A gauge's day: day, ms of day, last value, greatest value.</summary>
    public const int GaugeSlotSize = 24;

    /// <summary>A gauge's value carried from before its slots: day, padding, value.</summary>
    public const int GaugeBaseSize = 16;

    /// <summary>Bytes a day with which the ring of a sum begins.</summary>
    public const int SumWidth = 4;

    /// <summary>Head of a keyed table: count, padding.</summary>
    public const int TableHeadSize = 8;

    /// <summary>An entry of distinct values: hash, then a track.</summary>
    public const int ValueEntrySize = 8 + TrackSize;

    /// <summary>Last day, the latest day older than the bits, 32 day bits counted back from the last day.</summary>
    public const int TrackSize = 8;

    public BlockLayout(CompiledModel model)
    {
        var metrics = model.Metrics.Length;
        Activity = metrics;
        Users = metrics + 1;
        UserNames = metrics + 2;
        Health = metrics + 3;
        Runs = metrics + 4;
        ValueTables = new int[metrics];
        UserTracks = new int[metrics];
        var next = metrics + 5;
        var userEntry = UserProductsOffset + (2 * model.Products.Length);
        foreach (var metric in model.Metrics)
        {
            ValueTables[metric.Index] = -1;
            UserTracks[metric.Index] = -1;
            if (metric.Windows.Length == 0) continue;
            if (metric.Kind == MetricKind.DistinctValues) ValueTables[metric.Index] = next++;
            if (metric.Kind != MetricKind.DistinctUsers) continue;
            UserTracks[metric.Index] = userEntry;
            userEntry += TrackSize;
        }

        UserEntrySize = (userEntry + 7) & ~7;
        Profile = next++;
        NpsAnswers = next++;
        Departed = next++;
        DayBest = next++;
        Alerts = next++;
        Pins = next++;
        Sections = next;
        ActivityDays = 1 + (model.Definition.Health?.Measures.Where(m => m.Kind == MeasureKind.Trend).Select(m => m.RecentDays + m.BeforeDays).DefaultIfEmpty(35).Max() ?? 35);
        ActivityDays = Math.Max(ActivityDays, model.LateDays + 1);
        TableOffset = HeadSize;
        ProductsOffset = (TableOffset + ((Sections + 1) * SectionEntrySize) + 7) & ~7;
        ColdOffset = ProductsOffset + (model.Products.Length * ProductSize);
        FixedSize = ColdOffset + ColdSize;
        GaugeSlots = model.LateDays + 1;
        var users = model.Definition.Users.ActiveDays;
        var distinct = model.Metrics.Where(m => m.Kind is MetricKind.DistinctUsers).Select(m => m.MaxWithin).DefaultIfEmpty(0).Max();
        UserDays = Math.Max(users, distinct) + model.LateDays;
        HealthHotSize = HealthState.HotSize(model.Health?.Measures.Length ?? 0, model.Products.Length);
        Version = AccountBlock.CurrentVersion | ((ulong)HashOf(model, ActivityDays) << 32);
    }

    /// <summary>In a user's entry: hash 8, offset of the name 4, last activity 2, then last activity by product.</summary>
    public const int UserNameOffset = 8;
    public const int UserLastOffset = 12;
    public const int UserProductsOffset = 14;

    public int Activity { get; }

    /// <summary>See <see cref="HealthState"/>.</summary>
    public int Health { get; }

    /// <summary>Of its section, what an event that moves the score reads.</summary>
    public int HealthHotSize { get; }
    public int Runs { get; }
    public int Profile { get; }
    public int Users { get; }
    public int UserNames { get; }

    /// <summary>Empty until the first answer.</summary>
    public int NpsAnswers { get; }

    /// <summary>Parts of the last recorded score whose measures only the model before had; nearly always empty.</summary>
    public int Departed { get; }

    /// <summary>Empty but on a day on which a record took so much of the score that it was told. Ids, not indices.</summary>
    public int DayBest { get; }

    /// <summary>Empty until the first alert. Ids, not indices: it is copied as it is when the model changes.</summary>
    public int Alerts { get; }

    /// <summary>Empty until something is pinned. Ids, not indices: it is copied as it is when the model changes.</summary>
    public int Pins { get; }
    public int Sections { get; }

    /// <summary>By metric: the section of its distinct values, or -1.</summary>
    public int[] ValueTables { get; }

    /// <summary>By metric: where its track lies in a user's entry, or -1.</summary>
    public int[] UserTracks { get; }
    public int UserEntrySize { get; }
    public int ActivityDays { get; }
    public int TableOffset { get; }
    public int ProductsOffset { get; }
    public int ColdOffset { get; }
    public int FixedSize { get; }

    /// <summary>The head and what the table says of the users and all before them: they stand first, so that most events need no more of it.</summary>
    public int HotSize => TableOffset + ((Users + 2) * SectionEntrySize);

    public int GaugeSlots { get; }

    /// <summary>Of a gauge's section once it has a value; before that it is empty.</summary>
    public int GaugeSize => GaugeBaseSize + (GaugeSlots * GaugeSlotSize);

    /// <summary>A user silent for longer than this can be forgotten.</summary>
    public int UserDays { get; }

    /// <summary>The first eight bytes of a block without flags: its version, and the hash of its layout.</summary>
    public ulong Version { get; }

    public int InitialCapacity(CompiledModel model, int section)
    {
        if (section < model.Metrics.Length)
        {
            var metric = model.Metrics[section];
            if (metric.Windows.Length == 0) return 0;
            return metric.Kind switch
            {
                MetricKind.Gauge => 0,
                MetricKind.Sum => Ring.Size(metric.RingDays, metric.TotalsSize, SumWidth),
                _ => Ring.Size(metric.RingDays, metric.TotalsSize, width: 1),
            };
        }

        if (section == Activity) return Ring.Size(ActivityDays, totals: 0, width: 1);
        if (section == Health) return HealthState.Size(model.Health?.Measures.Length ?? 0, model.Products.Length, model.CloseDays);
        if (section == Runs) return 8;
        return section == Users || (section < Profile && section > Runs) ? TableHeadSize : 0;
    }

    // Everything that a section's place or size follows from: a block of another layout would be read outside of its parts.
    private static uint HashOf(CompiledModel model, int activityDays)
    {
        var text = string.Join(';', model.Metrics.Select(m => $"{m.Kind}:{string.Join(',', m.Windows)}"))
            + $"|{model.Products.Length}|{model.LateDays}|{model.Definition.Users.ActiveDays}|{activityDays}|{model.Health?.Measures.Length ?? 0}|{model.CloseDays}";
        return (uint)StableHash.Of(text);
    }
}
