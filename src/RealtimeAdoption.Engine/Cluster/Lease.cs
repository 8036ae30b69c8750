namespace RealtimeAdoption.Engine.Cluster;

/// <summary>A state that is handed out.</summary>
/// <param name="account">Its number in the partition.</param>
/// <param name="id">Of the lease.</param>
/// <param name="name">The account's id.</param>
/// <param name="position">Of the account's last record.</param>
internal sealed class Lease(int account, long id, string name, long position)
{
    public int Account => account;

    public long Id => id;

    public string Name => name;

    /// <summary>Of the account's last record, applied in the partition.</summary>
    public long Position { get; set; } = position;

    /// <summary>The actor has been sent the state.</summary>
    public bool IsGiven { get; set; }

    /// <summary>Since the last checkpoint.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Its latest record that the state in the partition does not have.</summary>
    public int Kept { get; set; } = KeptRecords.None;

    public bool IsDirty => Kept != KeptRecords.None;

    /// <summary>To the batch in work; null: none came yet, or the batch does not concern it.</summary>
    public AccountReply? Reply { get; set; }

    /// <summary>The next one of the answer's results.</summary>
    public int Next { get; set; }
}
