using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The remembered ids against a plain dictionary, in memory and beyond it.</summary>
public sealed class IdIndexTests(ITestOutputHelper output)
{
    private const int FirstDay = 20_000;
    private const int DaysKept = 8;

    // What may be there beside pages: a directory, and the pages of the one section that is at work.
    private const long Slack = 96 << 10;

    [Fact]
    public void It_answers_like_a_dictionary_while_days_pass_and_records_are_dropped() =>
        Live(Random.Shared.Next(), new IdRoom(IdRoom.DefaultBytes, new MemoryScratch()), steps: 300_000, stepsPerDay: 10_000, ids: 60_000);

    [Fact]
    public void It_answers_like_a_dictionary_where_memory_has_room_for_a_tenth_of_the_ids()
    {
        using var scratch = new MemoryScratch();
        var index = Live(Random.Shared.Next(), new IdRoom(IdRoom.LeastBytes, scratch), steps: 1_200_000, stepsPerDay: 60_000, ids: 900_000);
        Assert.True(index.ScratchBytes > 2 * IdRoom.LeastBytes, $"Only {index.ScratchBytes:N0} bytes are in scratch.");
    }

    [Fact]
    public void It_answers_like_a_dictionary_while_scratch_is_full_now_and_then()
    {
        var seed = Random.Shared.Next();
        var dice = new Random(seed);
        using var scratch = new FailingScratch { MayWrite = () => dice.Next(20) > 0 };
        Live(seed, new IdRoom(IdRoom.LeastBytes, scratch), steps: 600_000, stepsPerDay: 40_000, ids: 300_000);
        Assert.True(scratch.Failed > 20, $"Seed {seed}: {scratch.Failed} writes failed.");
    }

    [Fact]
    public void A_filter_that_forgets_is_caught_by_the_same_comparison()
    {
        using var scratch = new MemoryScratch();
        var failure = Assert.ThrowsAny<Exception>(() => Live(1, new IdRoom(IdRoom.LeastBytes, scratch), steps: 600_000, stepsPerDay: 60_000, ids: 300_000, plantWrongFilter: true));
        output.WriteLine($"caught: {failure.Message}");
    }

    [Fact]
    public void Memory_is_bounded_however_many_ids_there_are()
    {
        using var index = new IdIndex(new IdRoom(1 << 20, new MemoryScratch()));
        var most = 0L;
        for (var i = 0UL; i < 1_500_000; i++)
        {
            Assert.True(index.TryAdd(IdOf(i), (uint)i, FirstDay, out _), $"Id {i} was taken for another one.");
            if (i % 1_000 == 0) most = Math.Max(most, index.Bytes);
        }

        output.WriteLine($"{most:N0} bytes of memory, {index.ScratchBytes:N0} of scratch");
        Assert.InRange(most, 1 << 19, (1 << 20) + Slack);
        for (var i = 0UL; i < 1_500_000; i += 1_499)
        {
            Assert.True(index.TryFind(IdOf(i), out var payload) && IdIndex.IsSame(payload, (uint)i), $"Id {i} is lost.");
            Assert.False(index.TryAdd(IdOf(i), 0, FirstDay, out _), $"Id {i} was added twice.");
        }
    }

    [Fact]
    public void What_is_forgotten_gives_its_place_back()
    {
        using var index = new IdIndex(new IdRoom(IdRoom.DefaultBytes, new MemoryScratch()));
        for (var day = FirstDay; day < FirstDay + 200; day++)
        {
            index.ForgetBefore(day - DaysKept);
            for (var i = 0; i < 1_000; i++) index.TryAdd(StableHash.Combine((ulong)i, (ulong)day) | 1, 0, day, out _);
        }

        // Nine days of a thousand ids live, in 64 pages at least.
        Assert.InRange(index.Bytes, 9_000 * 12, 9_000 * 40);
    }

    [Fact]
    public void What_is_forgotten_gives_its_scratch_back()
    {
        using var index = new IdIndex(new IdRoom(IdRoom.LeastBytes, new MemoryScratch()));
        var most = 0L;
        for (var day = FirstDay; day < FirstDay + 60; day++)
        {
            index.ForgetBefore(day - DaysKept);
            for (var i = 0; i < 20_000; i++) index.TryAdd(StableHash.Combine((ulong)i, (ulong)day) | 1, 0, day, out _);
            most = Math.Max(most, index.ScratchBytes);
        }

        // Nine days of 12 bytes an id live; merging leaves at most twice as much again.
        Assert.InRange(most, 8 * 20_000 * 12, 3 * 9 * 20_000 * 12);
        Assert.InRange(index.Bytes, 1, IdRoom.LeastBytes + Slack);
    }

    [Fact]
    public void Without_scratch_ids_stay_in_memory_until_it_is_overfull_and_go_on_when_there_is_space()
    {
        var isFull = true;
        using var scratch = new FailingScratch { MayWrite = () => !isFull };
        using var index = new IdIndex(new IdRoom(1 << 20, scratch));
        var added = 0UL;
        while (!index.IsOverfull)
        {
            Assert.True(index.TryAdd(IdOf(added++), 1, FirstDay, out _), "A new id was taken for a known one.");
            Assert.True(added < 1_000_000, "It never says that it is full.");
        }

        Assert.Equal(FailingScratch.Reason, index.Trouble);
        Assert.InRange(index.Bytes, 1 << 20, (5 << 18) + Slack);
        for (var i = 0UL; i < added; i++) Assert.False(index.TryAdd(IdOf(i), 1, FirstDay, out _), $"Id {i} was forgotten.");
        isFull = false;
        for (var tries = 0; index.Trouble is not null; tries++)
        {
            index.TryAgain(4);
            Assert.True(tries < 64, "The trouble does not end.");
        }

        Assert.False(index.IsOverfull);
        Assert.InRange(index.Bytes, 1, 1 << 20);
        for (var i = 0UL; i < added; i++) Assert.False(index.TryAdd(IdOf(i), 1, FirstDay, out _), $"Id {i} was forgotten.");
    }

    [Fact]
    public void Scratch_that_gives_back_what_was_not_written_is_never_taken_for_ids()
    {
        using var scratch = new FailingScratch();
        using var index = new IdIndex(new IdRoom(IdRoom.LeastBytes, scratch));
        for (var i = 0UL; i < 100_000; i++) index.TryAdd(IdOf(i), 1, FirstDay, out _);
        scratch.Damages = true;
        var refused = 0;
        for (var i = 0UL; i < 100_000; i += 10)
        {
            try
            {
                Assert.True(index.TryFind(IdOf(i), out _), $"Id {i} was forgotten.");
            }
            catch (IOException)
            {
                refused++;
            }
        }

        Assert.True(refused > 5_000, $"{refused} of 10,000 were refused.");
    }

    private static ulong IdOf(ulong number) => StableHash.Combine(number, 7) | 1;

    /// <summary>A random life, compared with a dictionary at every step.</summary>
    private IdIndex Live(int seed, IdRoom room, int steps, int stepsPerDay, int ids, bool plantWrongFilter = false)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var index = new IdIndex(room, plantWrongFilter);
        var plain = new Dictionary<ulong, (uint Payload, int Day)>();
        for (var step = 0; step < steps; step++)
        {
            var today = FirstDay + (step / stepsPerDay);
            index.ForgetBefore(today - DaysKept);
            if (random.Next(5_000) == 0) index.TryAgain(2);
            var fingerprint = IdOf((ulong)random.Next(ids));
            var (payload, day) = ((uint)random.Next(3), today - random.Next(DaysKept + 1));
            var isKnown = plain.TryGetValue(fingerprint, out var known) && known.Day >= today - DaysKept;
            switch (random.Next(10))
            {
                case 0:
                    Assert.True(isKnown == index.TryFind(fingerprint, out var found) && (!isKnown || found == known.Payload), $"Seed {seed}, step {step}: not found as it was added.");
                    break;
                case 1:
                    index.Remove(fingerprint);
                    plain.Remove(fingerprint);
                    break;
                default:
                    Assert.True(isKnown != index.TryAdd(fingerprint, payload, day, out var other) && (!isKnown || other == known.Payload), $"Seed {seed}, step {step}: not judged as it should be.");
                    if (!isKnown) plain[fingerprint] = (payload, day);
                    break;
            }

            if (step % 10_000 == 0 && index.Trouble is null) Assert.True(index.Bytes <= room.BytesMax + Slack, $"Seed {seed}, step {step}: {index.Bytes:N0} bytes.");
        }

        return index;
    }

    private sealed class FailingScratch : IIdScratch
    {
        public const string Reason = "No space left on device (as the test wants it).";

        private readonly MemoryScratch memory = new();

        public Func<bool> MayWrite { get; init; } = () => true;

        public bool Damages { get; set; }

        public int Failed { get; private set; }

        public void Write(int block, ReadOnlySpan<byte> bytes)
        {
            if (MayWrite())
            {
                memory.Write(block, bytes);
                return;
            }

            Failed++;
            throw new IOException(Reason);
        }

        public void Read(int block, Span<byte> bytes)
        {
            memory.Read(block, bytes);
            if (Damages) bytes[bytes.Length / 2] ^= 1;
        }

        public void Dispose() => memory.Dispose();
    }
}
