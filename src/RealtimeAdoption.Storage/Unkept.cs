using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Storage;

/// <summary>For a checkpoint that is read only to see that it can be.</summary>
internal sealed class Unkept : ISnapshotVisitor
{
    public static readonly Unkept Instance = new();

    public void Account(StoredAccount account)
    {
    }

    public void Ids(IdChunk chunk)
    {
    }

    public void Directory(DirectoryEntry entry)
    {
    }
}
