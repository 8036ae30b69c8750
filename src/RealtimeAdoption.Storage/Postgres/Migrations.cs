using Npgsql;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// The versions of a data set's tables. Step i makes version i + 1 of version i, in a transaction with its number; a released step is never edited, a change is a step more.
/// Whoever migrates holds an advisory lock of the database for the time of a step, so that processes that start at once do each step once.
/// </summary>
internal static class Migrations
{
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE store(
            id integer PRIMARY KEY CHECK (id = 1),
            partitions integer NOT NULL,
            id_seed bigint NOT NULL,
            epoch bigint NOT NULL,            -- one more with each owner
            owner text NOT NULL,              -- for people
            owned_since timestamptz NOT NULL);

        -- Where each partition's journal ends, and the epoch of whoever may go on. Updated in place by each commit, hence the free room.
        CREATE TABLE heads(
            partition integer PRIMARY KEY,
            position bigint NOT NULL,
            epoch bigint NOT NULL) WITH (fillfactor = 25);

        CREATE TABLE segments(
            partition integer NOT NULL,
            first_position bigint NOT NULL,
            count integer NOT NULL,
            packing smallint NOT NULL,
            length integer NOT NULL,
            received_from bigint NOT NULL,
            received_through bigint NOT NULL,
            checksum bigint NOT NULL,
            body bytea NOT NULL,
            PRIMARY KEY (partition, first_position));
        -- Packed already; the server would try again with each one.
        ALTER TABLE segments ALTER COLUMN body SET STORAGE EXTERNAL;

        -- Moves heads, all or none: a head that is not where the appender thinks it is, or has an epoch that is not the appender's, fails the transaction. A null fence asks for no epoch.
        CREATE FUNCTION advance(fence bigint, moving integer[], befores bigint[], afters bigint[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            moved integer;
            wrong record;
        BEGIN
            UPDATE heads SET position = move.after
                FROM unnest(moving, befores, afters) AS move(partition, before, after)
                WHERE heads.partition = move.partition AND heads.position = move.before AND (fence IS NULL OR heads.epoch = fence);
            GET DIAGNOSTICS moved = ROW_COUNT;
            IF moved = cardinality(moving) THEN
                RETURN;
            END IF;
            SELECT heads.partition, heads.epoch INTO wrong FROM heads WHERE heads.partition = ANY(moving) AND heads.epoch <> fence LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'partition % is at epoch %, the commit comes from epoch %', wrong.partition, wrong.epoch, fence USING ERRCODE = 'RA001';
            END IF;
            RAISE EXCEPTION 'only % of % segments follow on what is stored', moved, cardinality(moving) USING ERRCODE = 'RA002';
        END $$;

        CREATE TABLE checkpoints(
            partition integer PRIMARY KEY,
            epoch bigint NOT NULL,
            position bigint,                  -- NULL: owned, but no checkpoint yet
            last_sequence bigint NOT NULL,
            checksum bigint NOT NULL,
            head bytea NOT NULL);

        CREATE TABLE accounts(
            partition integer NOT NULL,
            number integer NOT NULL,
            checksum bigint NOT NULL,
            state bytea NOT NULL,
            PRIMARY KEY (partition, number)) WITH (fillfactor = 75);
        ALTER TABLE accounts ALTER COLUMN state SET STORAGE EXTERNAL;

        CREATE TABLE changes(
            partition integer NOT NULL,
            sequence bigint NOT NULL,
            account_hash bigint NOT NULL,
            checksum bigint NOT NULL,
            body bytea NOT NULL,
            PRIMARY KEY (partition, sequence));
        CREATE INDEX changes_by_account ON changes(partition, account_hash, sequence);

        CREATE TABLE ids(
            partition integer NOT NULL,
            position bigint NOT NULL,
            max_day integer NOT NULL,
            checksum bigint NOT NULL,
            ids bytea NOT NULL,
            PRIMARY KEY (partition, position));
        ALTER TABLE ids ALTER COLUMN ids SET STORAGE EXTERNAL;

        -- UTF-8 as bytes: PostgreSQL's text has no NUL.
        CREATE TABLE directory(
            partition integer NOT NULL,
            user_id bytea NOT NULL,
            account bytea NOT NULL,
            checksum bigint NOT NULL,
            PRIMARY KEY (partition, user_id));

        CREATE TABLE rejections(
            id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            code text NOT NULL,
            body json NOT NULL);
        CREATE INDEX rejections_by_code ON rejections(code, id);
        """,
        """
        ALTER TABLE checkpoints
            ADD COLUMN damaged text,          -- what a running server found damaged: the next start makes the partition anew
            ADD COLUMN ids_count bigint NOT NULL DEFAULT 0,
            ADD COLUMN directory_count bigint NOT NULL DEFAULT 0;
        UPDATE checkpoints SET
            ids_count = (SELECT count(*) FROM ids WHERE ids.partition = checkpoints.partition),
            directory_count = (SELECT count(*) FROM directory WHERE directory.partition = checkpoints.partition);
        """,
        """
        -- Who wrote a rejection, and its number there: where the answer to a write was lost, the next one finds what is stored already.
        ALTER TABLE rejections ADD COLUMN writer uuid, ADD COLUMN number bigint;
        CREATE UNIQUE INDEX rejections_once ON rejections(writer, number);
        """,
    ];

    public static Task RunAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) => RunAsync(connection, schema, Steps, cancellationToken);

    /// <summary>With the steps of another program, for tests.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, string schema, IReadOnlyList<string> steps, CancellationToken cancellationToken)
    {
        var isDone = false;
        while (!isDone)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            isDone = await StepAsync(connection, schema, steps, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>One step, or none where the schema is of this version.</summary>
    private static async Task<bool> StepAsync(NpgsqlConnection connection, string schema, IReadOnlyList<string> steps, CancellationToken cancellationToken)
    {
        await DoAsync($"SELECT pg_advisory_xact_lock({(long)StableHash.Of("realtime-adoption schema " + schema)})");
        // Not IF NOT EXISTS alone: that asks for the right to make one even where it is there.
        if (await DoAsync($"SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'") is not > 0L) await DoAsync($"CREATE SCHEMA {schema}");
        await DoAsync("CREATE TABLE IF NOT EXISTS schema_version(version integer NOT NULL)");
        var version = (int)(await DoAsync("SELECT coalesce(max(version), 0)::bigint FROM schema_version") ?? 0);
        if (version > steps.Count)
        {
            throw new SchemaException($"Schema '{schema}' has schema version {version}; this program knows versions up to {steps.Count}. " +
                "It was written by a newer release: run that release or a later one.");
        }

        if (version == steps.Count) return true;
        await DoAsync(steps[version]);
        await DoAsync($"DELETE FROM schema_version; INSERT INTO schema_version VALUES ({version + 1})");
        return false;

        async Task<long?> DoAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(cancellationToken) as long?;
        }
    }
}
