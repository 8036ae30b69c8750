using System.Globalization;
using System.Text;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;
using Record = RealtimeAdoption.Scoring.Records.Record;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Storage.Tests;

/// <summary>
/// Every stored segment and every row of a checkpoint, of a small store, with one bit turned: the store is opened and read whole, and either says that it is damaged or gives what was stored. A bit that is read as other data
/// fails. All bits take minutes, so a sample is taken, with a seed that it prints; with <c>BIT_FLIPS=all</c> in the environment all are turned. It writes a table of what came of them.
/// </summary>
public abstract class BitFlips(ITestOutputHelper output)
{
    private const int Partitions = 2;

    /// <summary>So many of all bits.</summary>
    protected abstract int Sample { get; }

    /// <summary>The store's tables with what a flip is looked for in, and whether they are the journal's.</summary>
    protected abstract IReadOnlyList<(string Table, bool IsJournal)> Tables { get; }

    protected abstract IJournal Journal();

    protected abstract ISnapshots Snapshots();

    /// <summary>Once the store is filled and closed: every value in the table. Remembers the store as it is.</summary>
    protected abstract Task<IReadOnlyList<Cell>> CellsAsync(string table);

    /// <summary>False: the database itself refuses such a value.</summary>
    protected abstract Task<bool> FlipAsync(Cell cell, int bit);

    /// <summary>The store as it was.</summary>
    protected abstract Task RestoreAsync();

    [Fact]
    public async Task A_bit_that_turns_is_named_or_changes_nothing_that_is_read()
    {
        await FillAsync();
        var journal = await JournalAsync();
        var snapshots = await SnapshotsAsync();
        var bits = new List<(Cell Cell, int Bit, bool IsJournal)>();
        foreach (var (table, isJournal) in Tables)
        {
            foreach (var cell in await CellsAsync(table)) bits.AddRange(Enumerable.Range(0, cell.Bits).Select(bit => (cell, bit, isJournal)));
        }

        var seed = Random.Shared.Next();
        var chosen = bits.ToArray();
        if (Environment.GetEnvironmentVariable("BIT_FLIPS") != "all")
        {
            new Random(seed).Shuffle(chosen);
            chosen = chosen[..Math.Min(Sample, chosen.Length)];
        }

        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var accepted = new List<string>();
        foreach (var (cell, bit, isJournal) in chosen)
        {
            var outcome = "refused by the database";
            if (await FlipAsync(cell, bit)) outcome = await OutcomeAsync(isJournal ? JournalAsync : SnapshotsAsync, isJournal ? journal : snapshots, cell);
            if (outcome == Accepted) accepted.Add($"{cell} bit {bit}");
            var row = $"{cell.Table,-12} {outcome}";
            outcomes[row] = outcomes.GetValueOrDefault(row) + 1;
            await RestoreAsync();
        }

        foreach (var (row, count) in outcomes) output.WriteLine($"{row}: {count}");
        output.WriteLine($"{chosen.Length} of {bits.Count} bits, seed {seed}");
        Assert.True(accepted.Count == 0, $"Seed {seed}: read as other data: {string.Join(", ", accepted.Take(20))}");
        Assert.Equal((journal, snapshots), (await JournalAsync(), await SnapshotsAsync()));
    }

    private const string Accepted = "ACCEPTED AS DATA";

    private static readonly Dictionary<string, string> Missing = new(StringComparer.Ordinal)
    {
        ["partitions"] = "missing: there is no checkpoint, the journal is replayed",
        ["checkpoints"] = "missing: there is no checkpoint, the journal is replayed",
        ["accounts"] = "missing: the partition's head counts them (Partition.Restore)",
        ["changes"] = "missing from the feed, and NOT NOTICED",
    };

    private static async Task<string> OutcomeAsync(Func<Task<string>> read, string before, Cell cell)
    {
        try
        {
            var now = await read();
            if (now == before) return "nothing that is read";
            // A row that is under another key. Nothing that is read is other data; whether somebody finds that it is missing is another question.
            var isLess = now.Split('\n').Where(line => !line.Contains(" at ", StringComparison.Ordinal)).All(before.Split('\n').Contains);
            return isLess && Missing.TryGetValue(cell.Table, out var found) ? found : Accepted;
        }
        catch (Exception error) when (error is JournalException or SnapshotException)
        {
            return "named: " + error.GetType().Name;
        }
    }

    private async Task FillAsync()
    {
        await using var journal = Journal();
        await journal.OpenAsync(Partitions, default);
        await journal.CommitAsync([NewSegment(0, 1, 3), NewSegment(1, 1, 1)], default);
        await journal.CommitAsync([NewSegment(0, 4, 2)], default);
        await using var snapshots = Snapshots();
        await snapshots.OpenAsync(default);
        var epoch = await snapshots.AcquireAsync(0, default);
        var changes = Enumerable.Range(1, 2).Select(NewChange).ToList();
        await snapshots.PersistAsync(
            new Checkpoint
            {
                Partition = 0,
                Epoch = epoch,
                Position = 5,
                Head = Text("the head"),
                Accounts = [new StoredAccount(0, Text("state of the first account")), new StoredAccount(1, Text("state of the second"))],
                Changes = changes,
                Ids = [new IdChunk(5, 20_000, Text("ids, sixteen a one"))],
                Directory = [new DirectoryEntry("u1", "acme"), new DirectoryEntry("u2", "other")],
            },
            default);
    }

    private async Task<string> JournalAsync()
    {
        var text = new StringBuilder();
        await using var journal = Journal();
        await journal.OpenAsync(Partitions, default);
        var heads = await journal.HeadsAsync(default);
        for (var partition = 0; partition < heads.Length; partition++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{partition} ends at {heads[partition]}");
            await foreach (var segment in journal.ReadAsync(partition, 0, heads[partition], default))
                text.AppendLine(CultureInfo.InvariantCulture, $"{segment.Partition} {segment.FirstPosition} {segment.Count} {Convert.ToHexString(segment.Records.Span)}");
        }

        return text.ToString();
    }

    private async Task<string> SnapshotsAsync()
    {
        var text = new StringBuilder();
        await using var snapshots = Snapshots();
        await snapshots.OpenAsync(default);
        for (var partition = 0; partition < Partitions; partition++)
        {
            var seen = new Seen();
            var loaded = await snapshots.LoadAsync(partition, seen, default);
            text.AppendLine(CultureInfo.InvariantCulture, $"{partition} at {loaded?.Position} {loaded?.LastSequence} {Convert.ToHexString((loaded?.Head ?? default).Span)}");
            foreach (var line in seen.Lines.Order(StringComparer.Ordinal)) text.AppendLine(line);
            foreach (var change in await snapshots.FeedAsync(partition, 0, 100, default))
                text.AppendLine(CultureInfo.InvariantCulture, $"{change.Sequence} {change.AccountHash} {change.Change.Account} {change.Change.Position} {change.Change.Type} {change.Change.Product} {change.Change.Day}");
            foreach (var change in await snapshots.HistoryAsync(partition, 7, long.MaxValue, 100, default)) text.AppendLine(CultureInfo.InvariantCulture, $"history {change.Sequence}");
        }

        return text.ToString();
    }

    private static ReadOnlyMemory<byte> Text(string text) => Encoding.UTF8.GetBytes(text);

    private static Segment NewSegment(int partition, long first, int count)
    {
        var records = new RecordBuffer();
        for (var i = 0; i < count; i++)
        {
            var at = records.Length;
            records.Begin(new RecordDraft { Kind = RecordKind.Usage, Account = "acme"u8, User = "u1"u8, Name = "Contact Created"u8, MessageId = Encoding.UTF8.GetBytes($"m{partition}-{first + i}") });
            records.End();
            Record.Stamp(records.Writable[at..], 1_790_000_000_000 + first + i, 1_790_000_000_000, RecordFlags.HasMessageId);
        }

        return new Segment(partition, first, count, records.WrittenMemory);
    }

    private static WrittenChange NewChange(int sequence)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        ChangeBytes.Write(bytes, new Change
        {
            Account = "acme",
            Position = sequence,
            Ordinal = 0,
            Type = ChangeType.ProductAdopted,
            Day = new DateOnly(2026, 11, 2),
            At = new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero),
            Product = "crm",
            Cause = new Cause { Kind = CauseKind.Event, Position = sequence },
        });
        return new WrittenChange(sequence, 7, bytes.WrittenMemory);
    }

    /// <param name="Table">Its table.</param>
    /// <param name="Key">Of its row, for the store.</param>
    /// <param name="Column">Its column.</param>
    /// <param name="Type">integer of so many bits, blob or text.</param>
    /// <param name="Bits">How many it has.</param>
    protected sealed record Cell(string Table, string Key, string Column, string Type, int Bits);

    private sealed class Seen : ISnapshotVisitor
    {
        public List<string> Lines { get; } = [];

        public void Account(StoredAccount account) => Lines.Add($"account {account.Number} {Convert.ToHexString(account.State.Span)}");

        public void Ids(IdChunk chunk) => Lines.Add($"ids {chunk.Position} {chunk.MaxDay} {Convert.ToHexString(chunk.Ids.Span)}");

        public void Directory(DirectoryEntry entry) => Lines.Add($"user {entry.User} {entry.Account}");
    }
}
