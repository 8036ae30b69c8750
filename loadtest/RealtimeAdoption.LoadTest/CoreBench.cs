using System.Diagnostics;
using System.Globalization;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.LoadTest;

/// <summary>What one run of <see cref="CoreBench"/> gave.</summary>
/// <param name="PerSecond">Events a second of time.</param>
/// <param name="PerCpuSecond">Events a second of the process's processor time.</param>
/// <param name="PauseShare">Of the time, what the collector held everything up for.</param>
/// <param name="BytesPerEvent">Allocated.</param>
/// <param name="ChangesPerEvent">Told by the accounts.</param>
public readonly record struct CoreRun(double PerSecond, double PerCpuSecond, double PauseShare, double BytesPerEvent, double ChangesPerEvent);

/// <summary>
/// One partition on one thread, without a store: drafts in, judged, de-duplicated, appended, 'committed' at once, applied. That is the whole of what the server
/// does with an event between its door and its journal's disk. Making the drafts is not in the time.
/// </summary>
public sealed class CoreBench : IDisposable
{
    /// <summary>Drafts made at a time: few enough to be in the processor's cache when they are fed, as those are that a door has just written.</summary>
    private const int Chunk = 5_000;

    private const int UsersPerAccount = 20;

    private static readonly (byte[] Name, byte[] Property, byte[] Product)[] Events =
    [
        ("Contact Created"u8.ToArray(), [], "crm"u8.ToArray()), ("Activity Logged"u8.ToArray(), [], "crm"u8.ToArray()),
        ("Sequence Created"u8.ToArray(), [], "sales_engagement"u8.ToArray()), ("Emails Sent"u8.ToArray(), "quantity"u8.ToArray(), "sales_engagement"u8.ToArray()),
        ("Report Generated"u8.ToArray(), [], "analytics"u8.ToArray()), ("Report Viewed"u8.ToArray(), [], "analytics"u8.ToArray()),
        ("Support Ticket Filed"u8.ToArray(), [], "portal"u8.ToArray()), ("Lists Reported"u8.ToArray(), "contacts"u8.ToArray(), "marketing"u8.ToArray()),
    ];

    private readonly byte[][] accounts;
    private readonly byte[][] users;
    private readonly Partition partition;
    private readonly AccountChoice choice;
    private readonly int batch;
    private readonly long startMs;
    private readonly Random random = new(1);
    private readonly RecordBuffer drafts = new(Chunk * 200);
    private readonly List<(int Offset, int Length)> places = new(Chunk);
    private long number;
    private long ms;

    public CoreBench(int accounts, string distribution, int batch, string modelText)
    {
        this.accounts = [.. Enumerable.Range(0, accounts).Select(i => Bytes($"account-{i}"))];
        users = [.. Enumerable.Range(0, UsersPerAccount).Select(i => Bytes($"user-{i}"))];
        choice = AccountChoice.Of(distribution, accounts, 7);
        this.batch = batch;
        startMs = DateTimeOffset.Parse("2026-11-02T08:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        ms = startMs;
        var model = new CompiledModel(ModelFileReader.ReadOrThrow(modelText, "saas-suite.yaml"));
        partition = new Partition(0, new PartitionOptions(), _ => model);
        partition.Open(modelText, startMs);
        partition.Seal();
        Commit();
    }

    public void Dispose()
    {
        drafts.Dispose();
        partition.Dispose();
    }

    /// <summary>Memory of the accounts' states; the rest of the process's holds ids, rows and the generator's own strings.</summary>
    public (double InUse, double Reserved) BytesPerAccount => ((double)partition.BlockBytes.InUse / accounts.Length, (double)partition.BlockBytes.Reserved / accounts.Length);

    /// <summary>Every account gets so many events, of one user after the other, so that the measured runs meet accounts that know their users (after 20) or still grow.</summary>
    public void Populate(int eventsPerAccount, int days)
    {
        for (var round = 0; round < eventsPerAccount; round++)
        {
            ms = Math.Max(ms, startMs + ((long)round * days / eventsPerAccount * Days.MsPerDay));
            for (var first = 0; first < accounts.Length; first += Chunk)
            {
                MakeDrafts(Math.Min(Chunk, accounts.Length - first), i => first + i, round % UsersPerAccount);
                Feed();
            }
        }
    }

    /// <summary>Events, one batch behind the other.</summary>
    public CoreRun Run(long events)
    {
        var ticks = 0L;
        var cpu = 0.0;
        var (allocated, pauses, changes) = (GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration(), partition.Sequence);
        for (var done = 0L; done < events; done += Chunk)
        {
            MakeDrafts(Chunk, _ => choice.Next());
            var (began, cpuBegan) = (Stopwatch.GetTimestamp(), CpuClock.Seconds);
            Feed();
            cpu += CpuClock.Seconds - cpuBegan;
            ticks += Stopwatch.GetTimestamp() - began;
        }

        var seconds = Stopwatch.GetElapsedTime(0, ticks).TotalSeconds;
        return new CoreRun(
            events / seconds, events / cpu, (GC.GetTotalPauseDuration() - pauses).TotalSeconds / seconds, (GC.GetTotalAllocatedBytes() - allocated) / (double)events,
            (partition.Sequence - changes) / (double)events);
    }

    private void Feed()
    {
        var written = drafts.Written;
        for (var i = 0; i < places.Count; i++)
        {
            if (i % IdsAhead.Group == 0) LookAhead(i + IdsAhead.Group, written);
            var outcome = partition.Append(written.Slice(places[i].Offset, places[i].Length), ms);
            if (outcome != IntakeOutcome.Accepted) throw new InvalidOperationException($"A draft was answered {outcome}.");
            if ((i + 1) % batch != 0 && i + 1 < places.Count) continue;
            partition.Seal();
            Commit();
        }
    }

    // As a lane does.
    private void LookAhead(int from, ReadOnlySpan<byte> written)
    {
        var ahead = default(IdsAhead);
        for (var i = from; i < Math.Min(from + IdsAhead.Group, places.Count); i++) partition.Prefetch(new Record(written[places[i].Offset..]), ref ahead);
        ahead.Fetch();
    }

    private void Commit()
    {
        while (partition.TryTake(out var output))
        {
            if (output is not CommitSegment commit) continue;
            partition.Committed(commit.Segment.LastPosition);
            partition.ContinueTick(int.MaxValue);
        }
    }

    private void MakeDrafts(int count, Func<int, int> accountOf, int? user = null)
    {
        drafts.Clear();
        places.Clear();
        Span<byte> id = stackalloc byte[24];
        Span<byte> value = stackalloc byte[8];
        for (var i = 0; i < count; i++)
        {
            ms++;
            var made = Events[random.Next(Events.Length)];
            (number++).TryFormat(id, out var idLength, "x16", CultureInfo.InvariantCulture);
            random.Next(1, 9).TryFormat(value, out var valueLength, default, CultureInfo.InvariantCulture);
            var offset = drafts.Length;
            drafts.Begin(new RecordDraft
            {
                Kind = RecordKind.Usage,
                Flags = RecordFlags.HasTimestamp,
                TimeMs = ms - random.Next(60_000),
                Account = accounts[accountOf(i)],
                User = users[user ?? random.Next(UsersPerAccount)],
                Name = made.Name,
                Source = "key-000000000000"u8,
                MessageId = id[..idLength],
                TimestampText = "2026-11-02T08:00:00.000Z"u8,
                IdSeed = 42,
            });
            drafts.Add(PropertyKind.Text, "product"u8, made.Product);
            if (made.Property.Length > 0) drafts.Add(PropertyKind.Number, made.Property, value[..valueLength]);
            drafts.End();
            places.Add((offset, drafts.Length - offset));
        }
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
