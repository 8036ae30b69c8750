namespace RealtimeAdoption.Storage.Tests;

/// <summary>A folder of its own for one test, removed with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("adoption-storage-").FullName;

    public StorageOptions Options => new() { Path = Path };

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
