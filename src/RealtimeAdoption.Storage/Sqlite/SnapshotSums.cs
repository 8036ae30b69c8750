using SQLitePCL;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>The sums of the state file's rows as functions of SQL, for the step that gives sums to rows that had none.</summary>
internal static class SnapshotSums
{
    public static void AddTo(Database database)
    {
        Add(database, "sum_before", 2, values => SnapshotKey.Checksum(raw.sqlite3_value_blob(values[0]), Number(values[1])));
        Add(database, "sum_head", 4, values => StateChecksum.Head((int)Number(values[0]), Number(values[1]), Number(values[2]), raw.sqlite3_value_blob(values[3])));
        Add(database, "sum_ids", 4, values => StateChecksum.Ids((int)Number(values[0]), Number(values[1]), (int)Number(values[2]), raw.sqlite3_value_blob(values[3])));
        Add(database, "sum_change", 4, values => StateChecksum.Change((int)Number(values[0]), Number(values[1]), (ulong)Number(values[2]), raw.sqlite3_value_blob(values[3])));
        Add(database, "sum_user", 3, values => StateChecksum.User((int)Number(values[0]), raw.sqlite3_value_blob(values[1]), raw.sqlite3_value_blob(values[2])));
    }

    private static void Add(Database database, string name, int parameters, Func<sqlite3_value[], long> sum) =>
        database.Check(raw.sqlite3_create_function(
            database.Handle, name, parameters, raw.SQLITE_DETERMINISTIC, null, (context, _, values) => raw.sqlite3_result_int64(context, sum(values))));

    private static long Number(sqlite3_value value) => raw.sqlite3_value_int64(value);
}
