using System.Globalization;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>
/// What must be true of all that one wall shows while it hears its silo, whatever happens to silos: of a <see cref="ClusterLoad"/>, that is, which sends usage of unchurned accounts without contracts or profiles. Each partition's share is the fleet at some
/// position of its journal, and none goes back to an earlier one, so sums are equal at each moment and counts only rise. Events take more than a day's window to leave it. While it catches up, and says so, it may be late, and nothing else.
/// </summary>
internal sealed class WallJudge(ClusterLoad load)
{
    // A silo tells that it is 5 s behind, a wall that it hears so 5 s late. The rest is until it hears that, and draws.
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(15);

    private WallSight? last;

    /// <summary>The longest time for which a live wall did not show events that were acknowledged: what doors take may wait for its partition, and a wall where it waits for long says that it catches up.</summary>
    public TimeSpan Behind { get; private set; }

    /// <summary>What it said of its data then.</summary>
    public string BehindDetail { get; private set; } = "";

    /// <summary>Sights that were judged.</summary>
    public int Judged { get; private set; }

    /// <summary>What is wrong; null: nothing.</summary>
    public string? Wrong(WallSight now)
    {
        if (now.Loads != 1) return $"The page was loaded {now.Loads} times.";
        if (!now.IsHeard) return null;
        var wrong = WrongByItself(now) ?? WrongByThen(now) ?? (last is null ? null : WrongAfter(last, now));
        Judged++;
        last = now;
        return wrong;
    }

    private string? WrongByThen(WallSight now)
    {
        if (!now.IsLive || now.Events is not { } events) return null;
        var behind = load.MoreSince(events, now.At);
        if (behind <= Behind) return null;
        (Behind, BehindDetail) = (behind, now.Detail);
        return behind <= BehindMax ? null : string.Create(CultureInfo.InvariantCulture, $"It lacks what was acknowledged {behind.TotalSeconds:0.0} s ago.");
    }

    private static string? Differs(string what, Dictionary<string, long?> parts, long whole) =>
        parts.Values.Sum() is var sum && sum == whole && parts.Values.All(part => part >= 0) ? null : string.Create(CultureInfo.InvariantCulture, $"{what} are {sum}, not the {whole} accounts.");

    private static string? Fell(string what, long? before, long? now) => before is null || now >= before ? null : string.Create(CultureInfo.InvariantCulture, $"{what} fell from {before} to {now}.");

    private string? WrongByItself(WallSight now)
    {
        if (now.Accounts is not { } accounts) return "There is no number of accounts.";
        if (accounts > load.AccountsSent) return $"{accounts} accounts, and {load.AccountsSent} were sent.";
        // There is none before the first heartbeat.
        if (now.Events > load.EventsSent + load.LateRepeated) return $"{now.Events} events, and {load.EventsSent} were sent, {load.LateRepeated} late ones again.";
        if (now.Churned != 0) return $"{now.Churned} accounts have churned.";
        var adopted = now.Adopted.Values.Sum() ?? 0;
        // Two places are shown.
        if (accounts > 0 && Math.Abs((now.Average ?? -1) - ((double)adopted / accounts)) > 0.00501) return $"An account has {now.Average} products, and {accounts} accounts have {adopted}.";
        if (now.Adopted.Values.Any(count => count > accounts)) return $"More accounts than the {accounts} that there are have adopted a product.";
        if (now.Entitled.Values.Any(count => count != accounts)) return $"Not each of the {accounts} accounts is entitled to each product.";
        return Differs("Accounts of all stages", now.Stages, accounts) ?? Differs("Accounts of all bands", now.Bands, accounts) ?? Differs("Accounts of all segments", now.Segments, accounts);
    }

    private static string? WrongAfter(WallSight before, WallSight now) =>
        Fell("Accounts", before.Accounts, now.Accounts)
        ?? Fell("Events", before.Events, now.Events)
        ?? before.Adopted.Select(product => Fell($"Accounts that have adopted {product.Key}", product.Value, now.Adopted.GetValueOrDefault(product.Key))).FirstOrDefault(fell => fell is not null);
}
