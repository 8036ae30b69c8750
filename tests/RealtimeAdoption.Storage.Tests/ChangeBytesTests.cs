using System.Buffers;
using System.Text.Json;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Storage.Tests;

public sealed class ChangeBytesTests(ITestOutputHelper output)
{
    private static readonly Change Score = new()
    {
        Account = "account-0001",
        Position = 81_231,
        Ordinal = 0,
        Type = ChangeType.ScoreChanged,
        Day = new DateOnly(2026, 11, 21),
        At = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero),
        Cause = new Cause { Kind = CauseKind.Tick, Position = 81_231, Day = new DateOnly(2026, 11, 21) },
        Score = new ScoreMove(
            78.19, 68.37, [new("breadth", 11.1, 11.1), new("depth", 17.2, 17.2), new("trend", 20, 12.9), new("recency", 15, 12.3), new("seats", 7.445, 7.435), new("sentiment", 7.445, 7.435)]),
    };

    [Fact]
    public void A_score_change_takes_a_third_of_its_JSON_at_most()
    {
        var bytes = Bytes(Score).Length;
        var json = JsonSerializer.SerializeToUtf8Bytes(Score, ChangeJson.Default.Change).Length;
        Assert.True(bytes < 160 && bytes * 3 < json, $"{bytes} bytes, {json} as JSON");
    }

    [Fact]
    public void The_stored_form_is_for_ever()
    {
        // Written by the release that brought it in. These bytes never change: a reader of today must read them.
        const string Stored =
            "018022040C6163636F756E742D303030319EF50900E4942D80E0B8B6BF680100E4942D035C8FC2F5288C534048E17A14AE1751400601053333333333332640020533333333333331400303000000"
            + "0000003440CDCCCCCCCCCC294004030000000000002E409A99999999992840050348E17A14AEC71D403D0AD7A370BD1D40060348E17A14AEC71D403D0AD7A370BD1D40";
        Assert.Equal(Stored, Convert.ToHexString(Bytes(Score)));
        Assert.Equal(JsonSerializer.Serialize(Score), JsonSerializer.Serialize(ChangeBytes.Read(Convert.FromHexString(Stored))));
    }

    [Fact]
    public void Drift_keeps_the_positions_between_which_it_lies()
    {
        var drift = Score with { Cause = new Cause { Kind = CauseKind.Drift, FromPosition = 80_007, Position = 81_230 } };
        Assert.Equal(drift.Cause, ChangeBytes.Read(Bytes(drift)).Cause);
        Assert.Equal(JsonSerializer.Serialize(drift), JsonSerializer.Serialize(ChangeBytes.Read(Bytes(drift))));
        Assert.True(Bytes(drift).Length < 160);
    }

    [Fact]
    public void Damaged_bytes_are_a_change_or_refused_and_nothing_else()
    {
        var seed = Environment.GetEnvironmentVariable("SEED") is { } given ? int.Parse(given) : Environment.TickCount;
        output.WriteLine($"SEED={seed}");
        var random = new Random(seed);
        var pinned = Score with { Score = null, Override = new OverrideNote(OverrideKind.Band, "red", "dana", "why", Score.Day), Cause = Score.Cause with { Expired = ["a", "b"], Time = Score.At } };
        var drift = Score with { Cause = new Cause { Kind = CauseKind.Drift, FromPosition = 80_007, Position = 81_230 } };
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Bytes((round % 3) switch { 0 => Score, 1 => pinned, _ => drift });
            for (var times = random.Next(1, 4); times > 0; times--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                ChangeBytes.Read(bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length));
            }
            catch (InvalidDataException)
            {
                // As promised.
            }
        }
    }

    private static byte[] Bytes(Change change)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ChangeBytes.Write(bytes, change);
        return bytes.WrittenSpan.ToArray();
    }
}
