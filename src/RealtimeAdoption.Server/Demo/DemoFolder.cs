using System.Text.Json;

namespace RealtimeAdoption.Server.Demo;

/// <summary>
/// What the demo remembers of its data folder, in <c>demo.json</c> beside the data: which customers live there and whether the fill was finished.
/// A folder that holds data and no such file is a real one, and the demo leaves it alone.
/// </summary>
/// <param name="Seed">Of the customer base.</param>
/// <param name="Accounts">In it, at first.</param>
/// <param name="HistoryEnd">A full hour: where the fill's history ends.</param>
/// <param name="Filled">False while the fill is under way; it may be done again, since its messages keep their ids.</param>
public sealed record DemoFolder(int Seed, int Accounts, DateTimeOffset HistoryEnd, bool Filled)
{
    /// <summary>The demo's own write key, where configuration gives none.</summary>
    public const string WriteKey = "demo";

    private const string FileName = "demo.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The folder's note, a new one for an empty folder, or null with an error that says what to do.</summary>
    public static DemoFolder? Claim(string path, int seed, int accounts, DateTimeOffset now, out string? error)
    {
        error = null;
        var file = Path.Combine(path, FileName);
        if (File.Exists(file)) return Read(file, seed, accounts, out error);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            error = $"--demo: the folder {path} holds data that is not the demo's. Give an empty one with --Storage:Path=FOLDER.";
            return null;
        }

        var folder = new DemoFolder(seed, accounts, new DateTimeOffset(now.UtcDateTime.Date.AddHours(now.UtcDateTime.Hour), TimeSpan.Zero), false);
        folder.Write(path);
        return folder;
    }

    public static bool IsThere(string path) => File.Exists(Path.Combine(path, FileName));

    public static void Forget(string path) => File.Delete(Path.Combine(path, FileName));

    public void Write(string path)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, FileName);
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static DemoFolder? Read(string file, int seed, int accounts, out string? error)
    {
        error = null;
        DemoFolder? folder = null;
        try
        {
            folder = JsonSerializer.Deserialize<DemoFolder>(File.ReadAllText(file), Json);
        }
        catch (JsonException)
        {
            // Said below.
        }

        if (folder is null)
            error = $"--demo: {file} cannot be read. Remove the folder to start the demo anew.";
        else if (folder.Seed != seed || folder.Accounts != accounts)
            error = $"--demo: {file} was made with --seed {folder.Seed} --demo-accounts {folder.Accounts}. Use these, or another folder with --Storage:Path=FOLDER.";
        return error is null ? folder : null;
    }
}
