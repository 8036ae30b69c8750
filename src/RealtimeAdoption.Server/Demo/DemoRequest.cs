using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace RealtimeAdoption.Server.Demo;

/// <summary>What <c>--demo</c> was asked for, and where it may do it. Filled in step by step while the server is put together; then read only.</summary>
public sealed class DemoRequest(int seed, int accounts, bool traffic)
{
    private DemoFolder? folder;
    private bool isNew;

    /// <summary>Live traffic after the fill.</summary>
    public bool Traffic => traffic;

    /// <summary>With which the demo sends: the first that is configured, else <c>demo</c>.</summary>
    public string WriteKey { get; private set; } = DemoFolder.WriteKey;

    /// <summary>With which the demo reads; nobody else knows it.</summary>
    public string ReadKey { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string Path { get; private set; } = "";

    public DemoFolder Folder => folder ?? throw new InvalidOperationException("The data folder has not been claimed.");

    /// <summary>
    /// A folder of its own, a write key, and open reads (the web library lets them through on loopback only); each only where configuration says nothing else.
    /// </summary>
    public void Configure(ConfigurationManager configuration)
    {
        var given = new Dictionary<string, string?> { ["Auth:ReadKeys:demo"] = ReadKey };
        var keys = configuration.GetSection("Auth:WriteKeys").GetChildren().ToList();
        if (keys.Count == 0) given["Auth:WriteKeys:0"] = WriteKey;
        else WriteKey = keys[0].Value ?? "";
        if (configuration["Auth:Anonymous"] is null) given["Auth:Anonymous"] = "true";
        if (configuration["Storage:Schema"] is null) given["Storage:Schema"] = "adoption_demo";
        if (configuration["Storage:Path"] is null) given["Storage:Path"] = "data-demo";
        configuration.AddInMemoryCollection(given);
    }

    /// <summary>Takes the data folder for the demo. False: it is somebody else's.</summary>
    public bool Claim(string path, DateTimeOffset now, [NotNullWhen(false)] out string? refusal)
    {
        Path = path;
        isNew = !DemoFolder.IsThere(path);
        folder = DemoFolder.Claim(path, seed, accounts, now, out refusal);
        return folder is not null;
    }

    /// <summary>Where the data is not in the folder: whether folder and data belong together. An emptied schema is filled again.</summary>
    /// <exception cref="InvalidOperationException">The data is somebody else's.</exception>
    public void Settle(string schema, bool isEmpty)
    {
        if (isNew && !isEmpty)
        {
            DemoFolder.Forget(Path);
            throw new InvalidOperationException($"--demo: the schema {schema} holds data that is not the demo's. Give an empty one with --Storage:Schema=NAME.");
        }

        if (isEmpty) folder = Folder with { Filled = false };
    }
}
