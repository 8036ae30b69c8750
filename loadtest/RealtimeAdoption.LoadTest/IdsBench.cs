using System.CommandLine;
using System.Diagnostics;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.LoadTest;

/// <summary>
/// Remembered ids alone, as all partitions of a server have them, on one thread: how much memory, how fast, how long it holds a lane up. Every answer is checked: a known id that is taken for a new one, or the other way round, ends it.
/// </summary>
public sealed class IdsBench : IDisposable
{
    private const int Ahead = 8;
    private const int Day = 20_000;

    // Calls whose processor time is looked at together, and what a lane should not be held up longer than.
    private const int Group = 64;
    private const double HoldUpSeconds = 0.01;

    private readonly IdIndex[] partitions;
    private readonly long workingSetBefore = Environment.WorkingSet;

    public IdsBench(int partitions, long bytes, string folder)
    {
        this.partitions = [.. Enumerable.Range(0, partitions).Select(i => new IdIndex(new IdRoom(bytes / partitions, new ScratchFile(folder, i))))];
    }

    public long Memory => partitions.Sum(index => index.Bytes);

    public long Scratch => partitions.Sum(index => index.ScratchBytes);

    /// <summary>Of the process, beyond what it was at the beginning.</summary>
    public long Resident => Environment.WorkingSet - workingSetBefore;

    public static Command Command()
    {
        var ids = new Option<long>("--ids") { Description = "How many.", DefaultValueFactory = _ => 100_000_000 };
        var bytes = new Option<long>("--mebibytes") { Description = "Memory for them, as Host:IdBytesMax; 65536: plain tables, nothing goes to scratch.", DefaultValueFactory = _ => IdRoom.DefaultBytes >> 20 };
        var count = new Option<int>("--partitions") { Description = "As of a server.", DefaultValueFactory = _ => 64 };
        var folder = new Option<string>("--scratch") { Description = "The folder for scratch.", DefaultValueFactory = _ => new EmbeddedOptions().ScratchFolder() };
        var report = new Option<long>("--report") { Description = "A line each so many.", DefaultValueFactory = _ => 10_000_000 };
        var lookups = new Option<int>("--lookups") { Description = "Of known ids and of new ones, at the end.", DefaultValueFactory = _ => 2_000_000 };
        var command = new Command("ids", "Many remembered ids in bounded memory.") { ids, bytes, count, folder, report, lookups };
        command.SetAction(result =>
        {
            using var bench = new IdsBench(result.GetValue(count), result.GetValue(bytes) << 20, result.GetValue(folder)!);
            bench.Run(result.GetValue(ids), result.GetValue(report), result.GetValue(lookups));
        });
        return command;
    }

    public void Dispose()
    {
        foreach (var index in partitions) index.Dispose();
    }

    private void Run(long ids, long report, int lookups)
    {
        Console.WriteLine("| ids | added a second | a second of processor time | memory for ids | resident, of it the process's own | scratch | longest 64 calls, processor time | of them over 10 ms |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (var from = 0L; from < ids; from += report)
        {
            var first = (ulong)from;
            var f = Measure(Math.Min(report, ids - from), i => first + (ulong)i, (index, fingerprint, number) => index.TryAdd(fingerprint, (uint)number, Day, out _));
            Console.WriteLine(
                $"| {from + report:N0} | {f.PerSecond / 1e6:0.00} M | {f.PerCpuSecond / 1e6:0.00} M | {Memory / 1e6:N0} MB | {Environment.WorkingSet / 1e6:N0} MB, {workingSetBefore / 1e6:N0} MB | {Scratch / 1e6:N0} MB | {f.LongestSeconds * 1e3:0.0} ms | {f.LongOnes} |");
        }

        var random = new Random(1);
        var known = Measure(lookups, _ => (ulong)random.NextInt64(ids), (index, fingerprint, number) => !index.TryAdd(fingerprint, 0, Day, out var payload) && IdIndex.IsSame(payload, (uint)number));
        var recent = Measure(lookups, i => (ulong)(ids - 1 - (i % (ids / 100))), (index, fingerprint, _) => !index.TryAdd(fingerprint, 0, Day, out var _));
        var unknown = Measure(lookups, i => (ulong)(ids + i), (index, fingerprint, _) => !index.TryFind(fingerprint, out var _));
        Console.WriteLine($"known ids, of all days at random: {known.PerSecond / 1e6:0.00} M a second; of the latest hundredth: {recent.PerSecond / 1e6:0.00} M; new ones looked up only: {unknown.PerSecond / 1e6:0.00} M; no answer was wrong");
    }

    // As a lane does: the memory of the next eight is asked for before the eight are judged.
    private (double PerSecond, double PerCpuSecond, double LongestSeconds, int LongOnes) Measure(long count, Func<long, ulong> numberOf, Func<IdIndex, ulong, ulong, bool> isRight)
    {
        Span<ulong> numbers = stackalloc ulong[2 * Ahead];
        var (began, cpuBegan) = (Stopwatch.GetTimestamp(), CpuClock.Seconds);
        var (last, longest, longOnes) = (cpuBegan, 0.0, 0);
        for (var i = 0L; i < count + Ahead; i++)
        {
            if (i < count)
            {
                ref var next = ref numbers[(int)(i % (2 * Ahead))];
                next = numberOf(i);
                PartitionOf(next).Prefetch(FingerprintOf(next));
            }

            if (i < Ahead) continue;
            var number = numbers[(int)((i - Ahead) % (2 * Ahead))];
            if (!isRight(PartitionOf(number), FingerprintOf(number), number)) throw new InvalidOperationException($"Id {number} was judged wrongly.");
            if (i % Group != 0) continue;
            var now = CpuClock.Seconds;
            longest = Math.Max(longest, now - last);
            if (now - last > HoldUpSeconds) longOnes++;
            last = now;
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return (count / seconds, count / (CpuClock.Seconds - cpuBegan), longest, longOnes);
    }

    private IdIndex PartitionOf(ulong number) => partitions[StableHash.Combine(number, 1) % (ulong)partitions.Length];

    private static ulong FingerprintOf(ulong number) => StableHash.Combine(number, 42) | 1;
}
