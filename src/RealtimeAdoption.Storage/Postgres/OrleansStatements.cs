namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// The statements that Orleans' ADO.NET providers look up by name, with the parameters that they give and the columns that they read, and the tables behind them. Every change of a member moves its cluster's version by
/// compare-and-set, in one statement with it: that is what membership rests on.
/// </summary>
internal static class OrleansStatements
{
    public const string Tables =
        """
        CREATE TABLE IF NOT EXISTS OrleansQuery(QueryKey text PRIMARY KEY, QueryText text NOT NULL);

        -- One row a cluster: its members change only together with it.
        CREATE TABLE IF NOT EXISTS clusters(
            deployment_id text PRIMARY KEY,
            version integer NOT NULL,
            changed_at timestamptz NOT NULL);

        CREATE TABLE IF NOT EXISTS members(
            deployment_id text NOT NULL REFERENCES clusters,
            address text NOT NULL,
            port integer NOT NULL,
            generation integer NOT NULL,
            silo_name text NOT NULL,
            host_name text NOT NULL,
            status integer NOT NULL,          -- Orleans' SiloStatus; 3: active
            proxy_port integer NOT NULL,      -- 0: takes no clients
            suspect_times text,
            start_time timestamptz NOT NULL,
            i_am_alive_time timestamptz NOT NULL,
            PRIMARY KEY (deployment_id, address, port, generation));

        CREATE TABLE IF NOT EXISTS reminders(
            service_id text NOT NULL,
            grain_id text NOT NULL,
            name text NOT NULL,
            grain_hash integer NOT NULL,
            start_time timestamptz NOT NULL,
            period_ms bigint NOT NULL,
            version integer NOT NULL,
            PRIMARY KEY (service_id, grain_id, name));

        CREATE TABLE IF NOT EXISTS grain_states(
            service_id text NOT NULL,
            grain_type text NOT NULL,
            n0 bigint NOT NULL,
            n1 bigint NOT NULL,
            extension text NOT NULL,          -- '': none
            version integer NOT NULL,
            payload bytea,                    -- NULL: cleared
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (service_id, grain_type, n0, n1, extension));
        """;

    private const string Member =
        """
        clusters.version AS "Version", members.address AS "Address", members.port AS "Port", members.generation AS "Generation", members.silo_name AS "SiloName", members.host_name AS "HostName",
        members.status AS "Status", members.proxy_port AS "ProxyPort", members.suspect_times AS "SuspectTimes", members.start_time AS "StartTime", members.i_am_alive_time AS "IAmAliveTime"
        """;

    private const string ThisMember = "members.deployment_id = @DeploymentId AND members.address = @Address AND members.port = @Port AND members.generation = @Generation";

    private const string Moved = "UPDATE clusters SET version = version + 1, changed_at = now() WHERE deployment_id = @DeploymentId AND version = @Version";

    private const string Reminder = """grain_id AS "GrainId", name AS "ReminderName", start_time AS "StartTime", period_ms AS "Period", version AS "Version" FROM reminders WHERE service_id = @ServiceId""";

    private const string ThisGrain =
        "service_id = @ServiceId AND grain_type = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND extension = coalesce(@GrainIdExtensionString::text, '')";

    // A state is written over only by who has read it; no row comes back where it was not.
    private const string AsRead = "AND version = @GrainStateVersion::integer RETURNING version";

    public static readonly IReadOnlyDictionary<string, string> ByKey = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // Clustering. A cluster without members gives one row with its version.
        ["MembershipReadAllKey"] = $"SELECT {Member} FROM clusters LEFT JOIN members USING (deployment_id) WHERE clusters.deployment_id = @DeploymentId",
        ["MembershipReadRowKey"] = $"SELECT {Member} FROM clusters LEFT JOIN members ON {ThisMember} WHERE clusters.deployment_id = @DeploymentId",
        ["GatewaysQueryKey"] = """SELECT address AS "Address", proxy_port AS "ProxyPort", generation AS "Generation" FROM members WHERE deployment_id = @DeploymentId AND status = @Status AND proxy_port > 0""",
        ["InsertMembershipVersionKey"] = "WITH added AS (INSERT INTO clusters VALUES (@DeploymentId, 0, now()) ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) = 1 FROM added",
        ["InsertMembershipKey"] =
            $"""
            WITH moved AS ({Moved} AND NOT EXISTS (SELECT 1 FROM members WHERE {ThisMember}) RETURNING 1),
            added AS (
                INSERT INTO members(deployment_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
                SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM moved RETURNING 1)
            SELECT count(*) = 1 FROM added
            """,
        ["UpdateMembershipKey"] =
            $"""
            WITH moved AS ({Moved} AND EXISTS (SELECT 1 FROM members WHERE {ThisMember}) RETURNING 1),
            changed AS (
                UPDATE members SET status = @Status, suspect_times = @SuspectTimes::text, i_am_alive_time = @IAmAliveTime FROM moved WHERE {ThisMember} RETURNING 1)
            SELECT count(*) = 1 FROM changed
            """,
        ["UpdateIAmAlivetimeKey"] = $"UPDATE members SET i_am_alive_time = @IAmAliveTime WHERE {ThisMember}",
        ["CleanupDefunctSiloEntriesKey"] = "DELETE FROM members WHERE deployment_id = @DeploymentId AND i_am_alive_time < @IAmAliveTime AND status <> 3",
        ["DeleteMembershipTableEntriesKey"] = "DELETE FROM members WHERE deployment_id = @DeploymentId; DELETE FROM clusters WHERE deployment_id = @DeploymentId",

        // Reminders. A range of hashes is open below and closed above, and may reach over the end of the ring.
        ["ReadReminderRowsKey"] = $"SELECT {Reminder} AND grain_id = @GrainId",
        ["ReadReminderRowKey"] = $"SELECT {Reminder} AND grain_id = @GrainId AND name = @ReminderName",
        ["ReadRangeRows1Key"] = $"SELECT {Reminder} AND grain_hash > @BeginHash AND grain_hash <= @EndHash",
        ["ReadRangeRows2Key"] = $"SELECT {Reminder} AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)",
        ["UpsertReminderRowKey"] =
            """
            INSERT INTO reminders VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period, 0)
            ON CONFLICT (service_id, grain_id, name) DO UPDATE SET start_time = excluded.start_time, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash, version = reminders.version + 1
            RETURNING version AS "Version"
            """,
        ["DeleteReminderRowKey"] =
            "WITH gone AS (DELETE FROM reminders WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1) SELECT count(*) = 1 FROM gone",
        ["DeleteReminderRowsKey"] = "DELETE FROM reminders WHERE service_id = @ServiceId",

        // Grain states.
        ["ReadFromStorageKey"] = $"""SELECT payload AS "PayloadBinary", version AS "Version" FROM grain_states WHERE {ThisGrain}""",
        ["WriteToStorageKey"] =
            $"""
            WITH changed AS (UPDATE grain_states SET payload = @PayloadBinary, version = version + 1, changed_at = now() WHERE {ThisGrain} {AsRead}),
            added AS (
                INSERT INTO grain_states SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString::text, ''), 1, @PayloadBinary, now()
                WHERE @GrainStateVersion::integer IS NULL ON CONFLICT DO NOTHING RETURNING version)
            SELECT version AS "NewGrainStateVersion" FROM changed UNION ALL SELECT version FROM added
            """,
        ["ClearStorageKey"] = $"UPDATE grain_states SET payload = NULL, version = version + 1, changed_at = now() WHERE {ThisGrain} {AsRead}",
        ["DeleteStorageKey"] = $"DELETE FROM grain_states WHERE {ThisGrain} AND version = @GrainStateVersion::integer RETURNING version + 1",
    };
}
