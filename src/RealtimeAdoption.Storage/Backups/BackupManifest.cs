using System.Text.Json;
using System.Text.Json.Serialization;

namespace RealtimeAdoption.Storage.Backups;

/// <summary>What a backup holds: <c>backup.json</c> in its folder, written last. Stored: a later version adds fields.</summary>
public sealed record BackupManifest
{
    internal const string FileName = "backup.json";
    internal const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>Of this description.</summary>
    public required int Format { get; init; }

    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Of the tables, for PostgreSQL; 0 for SQLite, whose files carry their own.</summary>
    public int SchemaVersion { get; init; }

    /// <summary>By partition: the last position of its journal that is in the backup.</summary>
    public required IReadOnlyList<long> Heads { get; init; }

    public required IReadOnlyList<BackupFile> Files { get; init; }

    /// <summary>What is not in it and is not needed, each with its reason.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    internal void Write(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew);
        JsonSerializer.Serialize(file, this, Json);
        file.Flush(flushToDisk: true);
    }

    internal static BackupManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var file = File.OpenRead(path);
            var read = JsonSerializer.Deserialize<BackupManifest>(file, Json) ?? throw new JsonException("it is empty");
            return read.Format == CurrentFormat ? read : throw new BackupException($"{path}: the backup has format {read.Format}; this program reads {CurrentFormat}.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BackupException($"{folder} is no backup: there is no {FileName} in it.", exception);
        }
        catch (JsonException exception)
        {
            throw new BackupException($"{path} is damaged: {exception.Message}", exception);
        }
    }
}

/// <param name="Name">In the backup's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its bytes, in hexadecimal digits.</param>
/// <param name="Columns">Of a table's rows, in their order; empty for a file of SQLite.</param>
public sealed record BackupFile(string Name, long Bytes, string Sha256, IReadOnlyList<string> Columns);
