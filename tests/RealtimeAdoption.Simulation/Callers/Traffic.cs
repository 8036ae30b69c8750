using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Simulation.Callers;

/// <summary>What the callers of a run have to say: generated histories of some accounts, side by side in time.</summary>
/// <param name="Model">The store's first one.</param>
/// <param name="Sends">In order of their planned receipt.</param>
internal sealed record Traffic(AdoptionModel Model, IReadOnlyList<Send> Sends)
{
    private const int SeedStep = 1_000_003;

    // Dates that are broken, on purpose, stay as they are. No message reaches us in those days, though.
    private const long EarliestMoved = 365 * 2 * Days.MsPerDay;

    /// <summary>Even seeds on the sample model, odd ones on one of their own.</summary>
    public static Traffic Of(int seed, Dice dice)
    {
        var first = HistoryGenerator.Make(seed, seed % 2 == 0 ? SampleModel.Definition : null);
        var sends = Received(first);
        var begin = sends.Count == 0 ? Days.StartMs(20_500) : sends.Min(send => send.ReceivedAtMs);
        for (var i = dice.Of(0, 1, 1, 2); i > 0; i--)
        {
            var more = Received(HistoryGenerator.Make(unchecked((seed + (i * SeedStep)) & int.MaxValue), first.Model));
            if (more.Count == 0) continue;
            var days = Days.Of(begin) - Days.Of(more.Min(send => send.ReceivedAtMs)) + dice.Between(0, 20);
            sends.AddRange(more.Select(send => Moved(send, days * Days.MsPerDay) with { Account = $"{send.Account} {i}" }));
        }

        sends.AddRange(sends.Where(send => send is { Kind: RecordKind.Traits, User: not null }).Select(Grouped).ToList());
        return new Traffic(first.Model, [.. sends.OrderBy(send => send.ReceivedAtMs)]);
    }

    private static List<Send> Received(History history) => [.. history.Sends.Where(send => send.ReceivedAtMs > EarliestMoved)];

    private static Send Moved(Send send, long ms) => send with
    {
        ReceivedAtMs = send.ReceivedAtMs + ms,
        TimestampMs = send.TimestampMs is { } timestamp && timestamp > EarliestMoved ? timestamp + ms : send.TimestampMs,
        SentAtMs = send.SentAtMs + ms,
    };

    // A group message that names a user tells the directory of it, too.
    private static Send Grouped(Send traits) => traits with { Kind = RecordKind.Directory, Properties = [], Import = false };
}
