using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Grains;

/// <summary>Usage of some accounts by a seed: repetitions, late and historic events among it.</summary>
/// <param name="seed">Tells all of it.</param>
internal sealed class Workload(int seed)
{
    private const long DayMs = 86_400_000;

    private static readonly string[] Names = ["Contact Created", "Activity Logged", "Sequence Created", "Report Generated", "Report Viewed", "Support Ticket Filed"];

    private readonly Random random = new(seed);
    private readonly List<Send> sent = [];

    public static IReadOnlyList<string> Accounts { get; } = [.. Enumerable.Range(0, 60).Select(number => $"account-{number}")];

    public List<Send> Next(int count, long nowMs)
    {
        var sends = new List<Send>(count);
        for (var i = 0; i < count; i++)
        {
            var isRepeated = sent.Count > 0 && random.Next(8) == 0;
            var send = isRepeated ? sent[random.Next(sent.Count)] : New(nowMs);
            if (!isRepeated) sent.Add(send);
            sends.Add(send);
        }

        return sends;
    }

    private Send New(long nowMs) => new()
    {
        Account = Accounts[random.Next(Accounts.Count)],
        User = $"user-{random.Next(20)}",
        Name = Names[random.Next(Names.Length)],
        MessageId = $"m{seed}-{sent.Count}",
        ReceivedAtMs = nowMs,
        TimestampMs = random.Next(20) switch
        {
            0 => nowMs - (20 * DayMs),
            < 6 => nowMs - random.NextInt64(6 * DayMs),
            _ => nowMs - random.Next(60_000),
        },
    };
}
