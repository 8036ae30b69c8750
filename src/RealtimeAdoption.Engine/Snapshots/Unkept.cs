namespace RealtimeAdoption.Engine.Snapshots;

/// <summary>For a checkpoint that is read only to see that it can be: what a store reads is checked by it.</summary>
public sealed class Unkept : ISnapshotVisitor
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
