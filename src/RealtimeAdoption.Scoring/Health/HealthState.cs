using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>
/// The health section of a block: a line of head, then what an event reads: each measure's value, each product's depth; then each measure's part in the last recorded score and how far that is told, and the ring
/// of closes. Every model has it: without health rules there are no measures and no closes. Values are kept so that an event works out again only what it can have moved. Never grows.
/// </summary>
internal readonly ref struct HealthState
{
    public const int HeadSize = 64;
    public const short None = -1;
    private const int ThroughSize = 8;

    private readonly ref byte section;
    private readonly int measures;
    private readonly int products;
    private readonly int closeDays;

    public HealthState(in AccountBlock block)
    {
        section = ref block.Section(block.Layout.Health);
        measures = block.Model.Health?.Measures.Length ?? 0;
        products = block.Model.Products.Length;
        closeDays = block.Model.CloseDays;
    }

    public static int Size(int measures, int products, int closeDays) => (HeadSize + (16 * measures) + (8 * products) + ThroughSize + (2 * closeDays) + 7) & ~7;

    /// <summary>Head, values and depths.</summary>
    public static int HotSize(int measures, int products) => HeadSize + (8 * measures) + (8 * products);

    public ref HealthHead Head => ref Unsafe.As<byte, HealthHead>(ref section);

    /// <summary>By measure, 0..100; NaN: missing or stale.</summary>
    public Span<double> Values => MemoryMarshal.CreateSpan(ref Unsafe.As<byte, double>(ref Unsafe.Add(ref section, HeadSize)), measures);

    /// <summary>By measure: its part in the last recorded score.</summary>
    public Span<double> Recorded => MemoryMarshal.CreateSpan(ref Unsafe.As<byte, double>(ref Unsafe.Add(ref section, HeadSize + (8 * measures) + (8 * products))), measures);

    /// <summary>The position through which the last recorded score is told: what moved it since came behind.</summary>
    public ref long RecordedThrough => ref Unsafe.As<byte, long>(ref Unsafe.Add(ref section, HeadSize + (16 * measures) + (8 * products)));

    /// <summary>By product, 0..1, unrounded; kept up only of the products that are adopted and entitled.</summary>
    public Span<double> Depths => MemoryMarshal.CreateSpan(ref Unsafe.As<byte, double>(ref Unsafe.Add(ref section, HeadSize + (8 * measures))), products);

    /// <summary>A day's place is day % days. In tenths, or <see cref="None"/>.</summary>
    public Span<short> Closes => MemoryMarshal.CreateSpan(ref Unsafe.As<byte, short>(ref Unsafe.Add(ref section, HeadSize + (16 * measures) + (8 * products) + ThroughSize)), closeDays);
}

/// <summary>What the account's health is, in one line.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HealthHead
{
    /// <summary>Unrounded; NaN: no measure is present.</summary>
    public double Score;

    /// <summary>The score that was recorded last, unrounded; NaN: none.</summary>
    public double RecordedScore;

    /// <summary>The profile's, in fixed point; <see cref="long.MinValue"/>: none.</summary>
    public long Nps;

    /// <summary>The day that the profile's NPS is of.</summary>
    public int NpsDay;

    /// <summary>The profile's; <see cref="HealthState.None"/>: none.</summary>
    public int Seats;

    /// <summary>Users with activity in the last <c>users.active_days</c> days.</summary>
    public int ActiveUsers;

    /// <summary>The score as shown, in tenths; <see cref="HealthState.None"/>: none.</summary>
    public short Tenths;

    /// <summary>The same of the recorded score.</summary>
    public short RecordedTenths;

    /// <summary>The highest close that counts of the last <c>slip.within_days</c> days. Moves only when a day opens.</summary>
    public short HighClose;

    /// <summary>Index into the model's; -1: unknown.</summary>
    public short Segment;

    public Band Measured;
    public Band LastKnown;

    /// <summary>What the changes so far have told.</summary>
    public Band Reported;
    public HealthFlags Flags;
}

/// <summary>Stored: numbers only grow.</summary>
[Flags]
internal enum HealthFlags
{
    None = 0,

    /// <summary>There is a score and the measures present have the weight it takes: the band is judged, the close counts.</summary>
    Covered = 1,

    /// <summary>The score is <c>slip.fall</c> or more under the highest close.</summary>
    Fallen = 2,

    /// <summary>A pin has ended: the next judgement goes by the edges alone.</summary>
    ByEdges = 4,
}
