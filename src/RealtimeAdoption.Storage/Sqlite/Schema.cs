namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// The versions of a file's tables. Step i makes version i + 1 of version i; a released step is never edited, a change is a step more.
/// The version stands in SQLite's own <c>user_version</c>, so that a step and its number are one transaction.
/// </summary>
internal static class Schema
{
    public static void Migrate(Database database, IReadOnlyList<string> steps)
    {
        var version = (int)database.Number("PRAGMA user_version");
        if (version > steps.Count)
        {
            throw new DatabaseException($"{database.Path} has schema version {version}; this program knows versions up to {steps.Count}. " +
                "It was written by a newer release: run that release or a later one.", 0);
        }

        for (; version < steps.Count; version++)
        {
            database.Execute("BEGIN IMMEDIATE");
            try
            {
                database.Execute(steps[version]);
                database.Execute($"PRAGMA user_version={version + 1}");
                database.Execute("COMMIT");
            }
            catch
            {
                database.TryRollback();
                throw;
            }
        }
    }
}
