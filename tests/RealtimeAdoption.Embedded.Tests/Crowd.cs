using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>Accounts whose use lies around the sample model's thresholds, made from a seed. One thread at a time.</summary>
/// <param name="seed">The same seed gives the same events.</param>
/// <param name="accounts">How many.</param>
/// <param name="eventsEach">How many events an account will have; most of them feed nothing.</param>
internal sealed class Crowd(int seed, int accounts, int eventsEach)
{
    private const int BatchSize = 1_000;

    private readonly Dice dice = new(seed);
    private int ids;

    /// <summary>Accounts that something was sent for.</summary>
    public HashSet<string> Touched { get; } = [];

    public long Sent { get; private set; }

    public async Task SendAsync(Rig rig, int events)
    {
        for (var left = events; left > 0; left -= BatchSize)
        {
            var batch = new Send[Math.Min(left, BatchSize)];
            for (var i = 0; i < batch.Length; i++) batch[i] = Make(rig.Clock.NowMs);
            await rig.SendAsync(batch);
            Sent += batch.Length;
        }
    }

    // An account has from 0 to 60 contacts, by its number; what it did lies up to six days back.
    private Send Make(long nowMs)
    {
        var number = dice.Between(0, accounts - 1);
        Touched.Add($"account-{number}");
        return new Send
        {
            MessageId = $"{seed}-{ids++}",
            Account = $"account-{number}",
            User = $"u{dice.Between(0, 6)}",
            Name = NameOf(number, dice.Between(0, eventsEach - 1)),
            ReceivedAtMs = nowMs,
            TimestampMs = nowMs - dice.Between(0L, 6 * Days.MsPerDay),
        };
    }

    private static string NameOf(int number, int place)
    {
        var contacts = number % 61;
        if (place < contacts) return "Contact Created";
        return (place - contacts) switch
        {
            < 20 => "Activity Logged",
            < 25 => "Report Generated",
            < 45 => "Report Viewed",
            _ => "Page Opened",
        };
    }
}
