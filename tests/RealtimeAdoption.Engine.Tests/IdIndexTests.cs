using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The table of remembered ids against a plain dictionary.</summary>
public sealed class IdIndexTests
{
    [Fact]
    public void It_answers_like_a_dictionary_while_days_pass_and_records_are_dropped()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var index = new IdIndex();
        var plain = new Dictionary<ulong, (uint Payload, int Day)>();
        for (var step = 0; step < 300_000; step++)
        {
            var today = 20_000 + (step / 10_000);
            index.ForgetBefore(today - 8);
            var fingerprint = StableHash.Combine((ulong)random.Next(60_000), 1) | 1;
            var (payload, day) = ((uint)random.Next(3), today - random.Next(9));
            var isKnown = plain.TryGetValue(fingerprint, out var known) && known.Day >= today - 8;
            switch (random.Next(10))
            {
                case 0:
                    Assert.True(isKnown == index.TryFind(fingerprint, out var found) && (!isKnown || found == known.Payload), $"Seed {seed}, step {step}.");
                    break;
                case 1:
                    index.Remove(fingerprint);
                    plain.Remove(fingerprint);
                    break;
                default:
                    Assert.True(isKnown != index.TryAdd(fingerprint, payload, day, out var other) && (!isKnown || other == known.Payload), $"Seed {seed}, step {step}.");
                    if (!isKnown) plain[fingerprint] = (payload, day);
                    break;
            }
        }
    }

    [Fact]
    public void What_is_forgotten_gives_its_place_back()
    {
        var index = new IdIndex();
        for (var day = 20_000; day < 20_200; day++)
        {
            index.ForgetBefore(day - 8);
            for (var i = 0; i < 1_000; i++) index.TryAdd(StableHash.Combine((ulong)i, (ulong)day) | 1, 0, day, out _);
        }

        // Nine days of a thousand ids live; so many bytes for each are the bound.
        Assert.InRange(index.Bytes, 9_000 * 12, 9_000 * 60);
    }
}
