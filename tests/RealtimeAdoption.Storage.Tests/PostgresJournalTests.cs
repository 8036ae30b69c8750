using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Contracts;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Storage.Tests;

public sealed class PostgresJournalTests(PostgresDatabase database) : JournalContract, IClassFixture<PostgresDatabase>
{
    private readonly string schema = PostgresDatabase.NewSchema();

    protected override IJournal Make() => new PostgresJournal(database.Options(schema));

    [Theory]
    [InlineData("UPDATE segments SET body = set_byte(body, 50, get_byte(body, 50) # 1) WHERE first_position = 21", "does not match its checksum")]
    [InlineData("UPDATE segments SET count = 11 WHERE first_position = 21", "does not match its checksum")]
    [InlineData("UPDATE segments SET received_from = 1 WHERE first_position = 21", "does not match its checksum")]
    [InlineData("UPDATE segments SET (packing, body, checksum) = (SELECT packing, body, checksum FROM segments WHERE first_position = 1) WHERE first_position = 21", "does not match its checksum")]
    [InlineData("DELETE FROM segments WHERE first_position = 21", "is missing")]
    public async Task A_damaged_segment_is_named_and_those_before_it_are_read(string damage, string what)
    {
        await using (var journal = Make())
        {
            await journal.OpenAsync(2, default);
            foreach (var first in new long[] { 1, 11, 21, 31 }) await journal.CommitAsync([new Segment(1, first, 10, Records(first, 10))], default);
        }

        await database.SqlAsync(schema, damage);

        await AssertThirdOfFourIsNamed(what);
    }

    [Theory]
    [InlineData("DELETE FROM segments WHERE first_position = 21")]
    [InlineData("UPDATE heads SET position = 29 WHERE partition = 1")]
    public async Task A_journal_that_does_not_end_where_it_says_is_refused(string damage)
    {
        await using (var journal = Make())
        {
            await journal.OpenAsync(2, default);
            foreach (var first in new long[] { 1, 11, 21 }) await journal.CommitAsync([new Segment(1, first, 10, Records(first, 10))], default);
        }

        await database.SqlAsync(schema, damage);

        await using var again = Make();
        var exception = await Assert.ThrowsAsync<JournalDamagedException>(async () => await again.OpenAsync(2, default));
        Assert.Contains("partition 1 ends at position", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_commit_stores_nothing_and_the_journal_goes_on()
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        await journal.CommitAsync([new Segment(0, 1, 2, Records(1, 2))], default);
        // As a full disk would.
        await database.SqlAsync(schema, "ALTER TABLE segments ADD CONSTRAINT no_room CHECK (partition <> 1)");

        var exception = await Assert.ThrowsAsync<JournalException>(async () =>
            await journal.CommitAsync([new Segment(0, 3, 1, Records(3, 1)), new Segment(1, 1, 1, Records(1, 1))], default));
        Assert.Contains("no_room", exception.Message, StringComparison.Ordinal);
        Assert.Equal(new long[] { 2, 0 }, await journal.HeadsAsync(default));
        await journal.CommitAsync([new Segment(0, 3, 1, Records(3, 1))], default);
        await AssertWhole(journal, 0, 0, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_whose_answer_was_lost_is_found_and_not_done_twice(bool serverHangsOn)
    {
        await using var proxy = new TcpProxy(database.Port);
        await using var journal = new PostgresJournal(database.Options(schema, proxy.Port));
        await journal.OpenAsync(2, default);
        await journal.CommitAsync([new Segment(0, 1, 2, Records(1, 2))], default);

        var lost = proxy.LoseNextAnswer(serverHangsOn);
        await journal.CommitAsync([new Segment(0, 3, 2, Records(3, 2)), new Segment(1, 1, 5, Records(1, 5))], default);
        await lost;

        Assert.Equal(new long[] { 4, 5 }, await journal.HeadsAsync(default));
        Assert.Equal("3", await database.SqlAsync(schema, "SELECT count(*) FROM segments"));
        await journal.CommitAsync([new Segment(1, 6, 1, Records(6, 1))], default);
        await AssertWhole(journal, 0, 0, 4);
        await AssertWhole(journal, 1, 0, 6);
    }

    [Fact]
    public async Task A_commit_on_a_session_that_the_server_has_ended_is_done_once_on_another()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);
        for (var position = 1; position <= 20; position++)
        {
            if (position % 4 == 0) await EndSessions();
            await journal.CommitAsync([new Segment(0, position, 1, Records(position, 1))], default);
        }

        await AssertWhole(journal, 0, 0, 20);
        Assert.Equal("20", await database.SqlAsync(schema, "SELECT count(*) FROM segments"));
    }

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_is_gone()
    {
        var first = Make();
        await first.OpenAsync(2, default);
        await using var second = Make();
        var exception = await Assert.ThrowsAsync<JournalException>(async () => await second.OpenAsync(2, default));
        Assert.Contains($"is in use by process {Environment.ProcessId} on {Environment.MachineName} since", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:Schema", exception.Message, StringComparison.Ordinal);
        await first.CommitAsync([new Segment(0, 1, 1, Records(1, 1))], default);

        await first.DisposeAsync();
        await second.OpenAsync(2, default);
        Assert.Equal(new long[] { 1, 0 }, await second.HeadsAsync(default));
    }

    [Fact]
    public async Task An_owner_whose_session_was_lost_and_whose_journal_was_taken_writes_nothing_more()
    {
        await using var first = Make();
        await first.OpenAsync(2, default);
        await first.CommitAsync([new Segment(0, 1, 1, Records(1, 1))], default);
        await EndSessions();
        await using (var second = Make())
        {
            await second.OpenAsync(2, default);
            await second.CommitAsync([new Segment(0, 2, 3, Records(2, 3))], default);
        }

        await Assert.ThrowsAsync<FencedException>(async () => await first.CommitAsync([new Segment(0, 2, 1, Records(2, 1))], default));
        var exception = await Assert.ThrowsAsync<FencedException>(async () => await first.HeadsAsync(default));
        Assert.Contains("was taken over by process", exception.Message, StringComparison.Ordinal);
        Assert.Equal("1,2", await database.SqlAsync(schema, "SELECT string_agg(first_position::text, ',' ORDER BY first_position) FROM segments"));
    }

    [Fact]
    public async Task A_commit_of_an_older_epoch_is_refused_even_without_the_lock()
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        await database.SqlAsync(schema, "UPDATE store SET epoch = epoch + 1; UPDATE heads SET epoch = epoch + 1");

        await Assert.ThrowsAsync<JournalException>(async () => await journal.CommitAsync([new Segment(0, 1, 1, Records(1, 1))], default));
        await Assert.ThrowsAsync<FencedException>(async () => await journal.HeadsAsync(default));
        Assert.Equal("0", await database.SqlAsync(schema, "SELECT count(*) FROM segments"));
    }

    [Fact]
    public async Task A_database_that_has_lost_answered_commits_is_not_gone_on_with()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);
        await journal.CommitAsync([new Segment(0, 1, 5, Records(1, 5))], default);
        await journal.CommitAsync([new Segment(0, 6, 5, Records(6, 5))], default);
        // As a replica that was behind and took over.
        await database.SqlAsync(schema, "DELETE FROM segments WHERE first_position = 6; UPDATE heads SET position = 5");
        await EndSessions();

        var exception = await Assert.ThrowsAsync<JournalDamagedException>(async () => await journal.CommitAsync([new Segment(0, 11, 1, Records(11, 1))], default));
        Assert.Contains("ended at position 10, and now at 5", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eight_processes_may_start_at_once_on_an_empty_database_and_one_gets_it()
    {
        var journals = Enumerable.Range(0, 8).Select(_ => Make()).ToList();
        var stores = Enumerable.Range(0, 8).Select(_ => new PostgresSnapshots(database.Options(schema))).ToList();
        var opened = await Task.WhenAll(journals.Select(async journal =>
        {
            try
            {
                await journal.OpenAsync(4, default);
                return true;
            }
            catch (JournalException exception) when (exception.Message.Contains("is in use by", StringComparison.Ordinal))
            {
                return false;
            }
        }).Concat(stores.Select(async store =>
        {
            await store.OpenAsync(default);
            return false;
        })));

        Assert.Single(opened, isOwner => isOwner);
        Assert.Equal("1", await database.SqlAsync(schema, "SELECT count(*) FROM schema_version"));
        Assert.Equal("4", await database.SqlAsync(schema, "SELECT count(*) FROM heads"));
        foreach (var journal in journals) await journal.DisposeAsync();
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await using (var journal = Make()) await journal.OpenAsync(2, default);
        await database.SqlAsync(schema, "UPDATE schema_version SET version = 99");

        await using var again = Make();
        var exception = await Assert.ThrowsAsync<JournalException>(async () => await again.OpenAsync(2, default));
        Assert.Contains("schema version 99", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_in_a_sentence()
    {
        await using var journal = new PostgresJournal(database.Options(schema, port: 1));
        var exception = await Assert.ThrowsAsync<JournalException>(async () => await journal.OpenAsync(2, default));
        Assert.Contains("at 127.0.0.1:1 cannot be opened", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_that_do_not_add_up_are_refused_before_anything_is_written()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);

        await Assert.ThrowsAsync<ArgumentException>(async () => await journal.CommitAsync([new Segment(0, 1, 3, Records(1, 2))], default));
        Assert.Equal(new long[1], await journal.HeadsAsync(default));
    }

    private Task<string> EndSessions() =>
        database.SqlAsync(schema, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
}
