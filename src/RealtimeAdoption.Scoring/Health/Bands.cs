using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>What a judgement of the band came to.</summary>
/// <param name="Slipped">The band worsened, or the fall became true.</param>
/// <param name="From">The last known band before.</param>
/// <param name="Moved">The measured band, or whether the fall is true, is another than before.</param>
internal readonly record struct BandVerdict(bool Slipped, Band From, bool Moved);

/// <summary>The bands with their margin, and the two kinds of slip.</summary>
internal static class Bands
{
    /// <summary>
    /// Judges the measured band and the fall by the score as it stands. Twice is as once. Not while a rebuild is pending. While the band is pinned it goes on
    /// underneath, without slips.
    /// </summary>
    public static BandVerdict Judge(in AccountBlock block, bool isPinned)
    {
        ref var head = ref new HealthState(block).Head;
        var (measured, before) = (head.Measured, head.LastKnown);
        if (block.Model.Health is not { } rules || (head.Flags & HealthFlags.Covered) == HealthFlags.None)
        {
            head.Measured = Band.Unknown;
            return new BandVerdict(false, before, measured != Band.Unknown);
        }

        var byEdges = before == Band.Unknown || (head.Flags & HealthFlags.ByEdges) != HealthFlags.None;
        var band = byEdges ? ByEdges(rules, head.Tenths) : ByMargin(rules, head.Tenths, before);
        var fell = head.HighClose != HealthState.None && head.HighClose - head.Tenths >= rules.FallTenths;
        var wasFallen = (head.Flags & HealthFlags.Fallen) != HealthFlags.None;
        head.Measured = head.LastKnown = band;
        head.Flags = (head.Flags & ~(HealthFlags.Fallen | HealthFlags.ByEdges)) | (fell ? HealthFlags.Fallen : HealthFlags.None);
        var slipped = (band < before || (fell && !wasFallen)) && !isPinned;
        return new BandVerdict(slipped, before, measured != band || fell != wasFallen);
    }

    /// <summary>For a pin that ends or is taken away: the measured band is judged by the edges alone, and one that is worse than the pinned one is a slip.</summary>
    public static void Unpin(in AccountBlock block, Band pinned)
    {
        ref var head = ref new HealthState(block).Head;
        head.LastKnown = pinned;
        head.Flags |= HealthFlags.ByEdges;
    }

    /// <summary>By the edges alone.</summary>
    public static Band ByEdges(CompiledHealth rules, int tenths)
    {
        var band = Band.Red;
        foreach (var edge in rules.EdgeTenths)
        {
            if (tenths < edge) break;
            band++;
        }

        return band;
    }

    // Upwards over every edge that is passed by the margin; or else downwards likewise. The first that is not passed stops the move.
    private static Band ByMargin(CompiledHealth rules, int tenths, Band from)
    {
        var band = from;
        while (band < Band.Green && tenths >= rules.RiseTenths[band - Band.Red]) band++;
        if (band != from) return band;
        while (band > Band.Red && tenths < rules.SinkTenths[band - Band.Yellow]) band--;
        return band;
    }

    /// <summary>As it is written in changes and answers.</summary>
    public static string Name(Band band) => band switch
    {
        Band.Red => "red",
        Band.Yellow => "yellow",
        Band.Green => "green",
        _ => "unknown",
    };
}
