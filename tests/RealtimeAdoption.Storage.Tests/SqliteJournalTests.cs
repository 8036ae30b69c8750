using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit.Contracts;

namespace RealtimeAdoption.Storage.Tests;

public sealed class SqliteJournalTests : JournalContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    protected override IJournal Make() => new SqliteJournal(folder.Options);

    [Fact]
    public async Task Segments_are_indexed_many_at_a_time_and_read_alike_before_and_after()
    {
        const int Partitions = 64;
        long[] heads;
        await using (var journal = Make())
        {
            await journal.OpenAsync(Partitions, default);
            heads = await Fill(journal, Partitions, commits: 150, seed: 21);
            for (var partition = 0; partition < Partitions; partition++) await AssertWhole(journal, partition, 0, heads[partition]);
        }

        using (var database = Database.OpenReader(Path.Combine(folder.Path, "journal.db"), cacheMiB: 1))
        {
            var indexed = database.Number("SELECT count(*) FROM places");
            Assert.InRange(indexed, 4_000, database.Number("SELECT count(*) FROM segments") - 1);
        }

        await using var again = Make();
        await again.OpenAsync(Partitions, default);
        for (var partition = 0; partition < Partitions; partition++) await AssertWhole(again, partition, 0, heads[partition]);
    }
}
