namespace RealtimeAdoption.Storage.Backups;

/// <summary>A backup was not made, is not whole, or was not put back. The message is for the operator: what is wrong, and where.</summary>
public sealed class BackupException : Exception
{
    public BackupException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
