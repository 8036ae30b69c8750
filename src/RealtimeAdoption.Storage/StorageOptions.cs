using System.Text.RegularExpressions;
using Npgsql;

namespace RealtimeAdoption.Storage;

/// <summary>Where data lies and how much of it is kept. The section <c>Storage</c> of the configuration.</summary>
public sealed partial class StorageOptions
{
    /// <summary>The store: <c>sqlite</c> or <c>postgres</c>. Default <c>sqlite</c>.</summary>
    public string Kind { get; set; } = "sqlite";

    /// <summary>Where PostgreSQL is, as Npgsql writes it: <c>Host=db.example;Username=adoption;Password=...;Database=adoption</c>. For <c>postgres</c> only, and needed there.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The schema that holds the data, made where there is none: 1 to 63 small letters, digits and underscores. For <c>postgres</c> only. Default <c>adoption</c>.</summary>
    public string Schema { get; set; } = "adoption";

    /// <summary>The folder of the SQLite files; made where there is none. Default <c>./data</c>.</summary>
    public string Path { get; set; } = "./data";

    /// <summary>Once the journal's write-ahead log has grown by this many MiB it is copied into the journal's file, in the background. Default 16, range 1 to 1,024.</summary>
    public int CheckpointMiB { get; set; } = 16;

    /// <summary>How many rejections are kept; the oldest go first. Default 10,000, range 1 to 10,000,000.</summary>
    public int RejectionsKept { get; set; } = 10_000;

    /// <summary>How many rejections may wait to be written; beyond it they are counted, not kept. Default 10,000, range 1 to 1,000,000.</summary>
    public int RejectionsBuffered { get; set; } = 10_000;

    /// <summary>Whether the store is PostgreSQL.</summary>
    public bool IsPostgres => Kind.Equals("postgres", StringComparison.OrdinalIgnoreCase);

    /// <summary>Everything that is wrong, each with what would be right; empty: nothing.</summary>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (IsPostgres) CheckPostgres(errors);
        else if (!Kind.Equals("sqlite", StringComparison.OrdinalIgnoreCase)) errors.Add($"Storage:Kind is '{Kind}'; it must be sqlite or postgres.");
        if (string.IsNullOrWhiteSpace(Path)) errors.Add("Storage:Path is empty; it must name a folder.");
        Range(nameof(CheckpointMiB), CheckpointMiB, 1, 1_024);
        Range(nameof(RejectionsKept), RejectionsKept, 1, 10_000_000);
        Range(nameof(RejectionsBuffered), RejectionsBuffered, 1, 1_000_000);
        return errors;

        void Range(string name, int value, int least, int most)
        {
            if (value < least || value > most) errors.Add($"Storage:{name} is {value}; it must be between {least} and {most}.");
        }
    }

    private void CheckPostgres(List<string> errors)
    {
        const string Right = "Right would be Host=127.0.0.1;Username=adoption;Password=...;Database=adoption";
        if (!SchemaName().IsMatch(Schema)) errors.Add($"Storage:Schema is '{Schema}'; it must be 1 to 63 small letters, digits and underscores, and not begin with a digit.");
        try
        {
            if (string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(ConnectionString).Host)) errors.Add($"Storage:ConnectionString names no Host. {Right}.");
        }
        catch (ArgumentException error)
        {
            // The text may hold a password, so it is not shown.
            errors.Add($"Storage:ConnectionString cannot be read: {error.Message} {Right}.");
        }
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$", RegexOptions.NonBacktracking)]
    private static partial Regex SchemaName();
}
