using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit.Contracts;

namespace RealtimeAdoption.Storage.Tests;

public sealed class SqliteJournalTests : JournalContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string JournalFile => Path.Combine(folder.Path, "journal.db");

    public void Dispose() => folder.Dispose();

    protected override IJournal Make() => new SqliteJournal(folder.Options);

    [Theory]
    [InlineData("UPDATE segments SET body = CAST(substr(body, 1, 50) || x'FF' || substr(body, 52) AS BLOB) WHERE id = 3", "does not match its checksum")]
    [InlineData("UPDATE segments SET first_position = 22 WHERE id = 3", "does not match its checksum")]
    [InlineData("UPDATE segments SET received_from = 1 WHERE id = 3", "does not match its checksum")]
    [InlineData("UPDATE segments SET (packing, body, checksum, count) = (SELECT packing, body, checksum, count FROM segments WHERE id = 1) WHERE id = 3", "does not match its checksum")]
    public async Task A_damaged_segment_is_named_and_those_before_it_are_read(string damage, string what)
    {
        await using (var journal = Make())
        {
            await journal.OpenAsync(2, default);
            foreach (var first in new long[] { 1, 11, 21, 31 }) await journal.CommitAsync([new Segment(1, first, 10, Records(first, 10))], default);
            await MakeIndexed(journal);
        }

        using (var database = Database.OpenWriter(JournalFile, "FULL", 8_192, cacheMiB: 1)) database.Execute(damage);

        await AssertThirdOfFourIsNamed(what);
    }

    [Fact]
    public async Task A_missing_segment_is_named()
    {
        await using (var journal = Make())
        {
            await journal.OpenAsync(2, default);
            foreach (var first in new long[] { 1, 11, 21 }) await journal.CommitAsync([new Segment(1, first, 10, Records(first, 10))], default);
        }

        using (var database = Database.OpenWriter(JournalFile, "FULL", 8_192, cacheMiB: 1)) database.Execute("DELETE FROM segments WHERE id = 2");

        await using var again = Make();
        var exception = await Assert.ThrowsAsync<JournalDamagedException>(async () => await again.OpenAsync(2, default));
        Assert.Contains("partition 1, position 21", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_commit_stores_nothing_and_the_journal_goes_on()
    {
        await using (var journal = Make())
        {
            await journal.OpenAsync(2, default);
            await journal.CommitAsync([new Segment(0, 1, 2, Records(1, 2))], default);
        }

        // A stored trigger makes the write fail half way, as a full disk would.
        using (var database = Database.OpenWriter(JournalFile, "FULL", 8_192, cacheMiB: 1))
            database.Execute("CREATE TRIGGER fails BEFORE INSERT ON segments WHEN NEW.partition = 1 BEGIN SELECT RAISE(ABORT, 'no room'); END");

        await using var again = Make();
        await again.OpenAsync(2, default);
        var exception = await Assert.ThrowsAsync<JournalException>(async () =>
            await again.CommitAsync([new Segment(0, 3, 1, Records(3, 1)), new Segment(1, 1, 1, Records(1, 1))], default));
        Assert.Contains("no room", exception.Message, StringComparison.Ordinal);
        Assert.Equal(new long[] { 2, 0 }, await again.HeadsAsync(default));
        await again.CommitAsync([new Segment(0, 3, 1, Records(3, 1))], default);
        await AssertWhole(again, 0, 0, 3);
    }

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_is_gone()
    {
        var first = Make();
        await first.OpenAsync(2, default);
        await using var second = Make();
        var exception = await Assert.ThrowsAsync<JournalException>(async () => await second.OpenAsync(2, default));
        Assert.Contains($"in use by process {Environment.ProcessId}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:Path", exception.Message, StringComparison.Ordinal);

        await first.DisposeAsync();
        await second.OpenAsync(2, default);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await using (var journal = Make()) await journal.OpenAsync(2, default);
        using (var database = Database.OpenWriter(JournalFile, "FULL", 8_192, cacheMiB: 1)) database.Execute("PRAGMA user_version=99");

        await using var again = Make();
        var exception = await Assert.ThrowsAsync<JournalException>(async () => await again.OpenAsync(2, default));
        Assert.Contains("schema version 99", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(JournalFile, new string('x', 10_000));

        await using var journal = Make();
        await Assert.ThrowsAsync<JournalException>(async () => await journal.OpenAsync(2, default));
    }

    [Fact]
    public async Task Records_that_do_not_add_up_are_refused_before_anything_is_written()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);

        await Assert.ThrowsAsync<ArgumentException>(async () => await journal.CommitAsync([new Segment(0, 1, 3, Records(1, 2))], default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await journal.CommitAsync([new Segment(0, 1, 2, Records(1, 2).AsMemory(1))], default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await journal.CommitAsync([new Segment(0, 1, 0, ReadOnlyMemory<byte>.Empty)], default));
        Assert.Equal(new long[1], await journal.HeadsAsync(default));
    }

    [Fact]
    public async Task The_WAL_is_copied_in_the_background_and_starts_over_under_steady_commits()
    {
        await using var journal = new SqliteJournal(new StorageOptions { Path = folder.Path, CheckpointMiB = 1 });
        await journal.OpenAsync(1, default);
        var noise = new byte[200_000];
        new Random(3).NextBytes(noise);
        // As soon as the copying thread has had its turn: on a busy machine that takes some commits more.
        for (long position = 1; position <= 200 || WalBytes() > position * noise.Length / 2; position++)
        {
            Assert.True(position <= 1_000, $"After {position - 1} commits of {noise.Length} bytes the WAL has {WalBytes()} bytes: it never starts over.");
            await journal.CommitAsync([new Segment(0, position, 1, Noise(position, noise))], default);
        }

        Assert.True(WalBytes() > 0);

        long WalBytes() => new FileInfo(JournalFile + "-wal").Length;
    }

    [Fact]
    public async Task Segments_are_indexed_many_at_a_time_and_read_alike_before_and_after()
    {
        const int Partitions = 64;
        long[] heads;
        await using (var journal = Make())
        {
            await journal.OpenAsync(Partitions, default);
            heads = await Fill(journal, Partitions, commits: 110, seed: 21);
            for (var partition = 0; partition < Partitions; partition++) await AssertWhole(journal, partition, 0, heads[partition]);
        }

        using (var database = Database.OpenReader(JournalFile, cacheMiB: 1))
        {
            var indexed = database.Number("SELECT count(*) FROM places");
            Assert.InRange(indexed, 4_000, database.Number("SELECT count(*) FROM segments") - 1);
        }

        await using var again = Make();
        await again.OpenAsync(Partitions, default);
        for (var partition = 0; partition < Partitions; partition++) await AssertWhole(again, partition, 0, heads[partition]);
    }

    /// <summary>Commits so much to partition 0 that the index is written.</summary>
    private static async Task MakeIndexed(IJournal journal)
    {
        var segments = Enumerable.Range(1, 2_500).Select(position => new Segment(0, position, 1, Records(position, 1))).ToArray();
        await journal.CommitAsync(segments, default);
        await journal.CommitAsync(segments.Select(segment => segment with { FirstPosition = segment.FirstPosition + 2_500 }).ToArray(), default);
    }

    private static byte[] Noise(long position, ReadOnlySpan<byte> noise)
    {
        using var buffer = new RecordBuffer();
        buffer.Begin(new RecordDraft { Kind = RecordKind.Usage, Account = "acme"u8, Name = "noise"u8, TimeMs = position });
        buffer.Add(PropertyKind.Text, "noise"u8, noise);
        buffer.End();
        return buffer.Written.ToArray();
    }
}
