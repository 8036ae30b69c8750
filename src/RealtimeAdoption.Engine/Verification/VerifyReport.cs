namespace RealtimeAdoption.Engine.Verification;

/// <summary>What a verification found: every account as the host has it beside what the journal makes of it, and every sum in the store.</summary>
public sealed record VerifyReport
{
    /// <summary>By partition: the position at which its last accounts were compared; 0: it could not be.</summary>
    public required IReadOnlyList<long> Positions { get; init; }

    /// <summary>Journal records that were read and applied again.</summary>
    public required long Records { get; init; }

    /// <summary>Segments whose sums were checked.</summary>
    public required long Segments { get; init; }

    /// <summary>Accounts that were compared.</summary>
    public required int Accounts { get; init; }

    /// <summary>Changes of the feed that were compared.</summary>
    public required long Changes { get; init; }

    /// <summary>The first ones.</summary>
    public required IReadOnlyList<AccountDifference> Differences { get; init; }

    /// <summary>Differences that are only counted.</summary>
    public required int DifferencesOmitted { get; init; }

    /// <summary>At most one of a partition's journal, one of its checkpoint, and one of its changes: what lies behind the first is not looked at.</summary>
    public required IReadOnlyList<StoredDamage> Damages { get; init; }

    /// <summary>No difference and no damage.</summary>
    public bool IsSame => Differences.Count == 0 && Damages.Count == 0;
}

/// <summary>One field in which an account is not what the journal makes of it.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="Account">Its id; empty: a figure of the partition.</param>
/// <param name="Position">At which both were compared.</param>
/// <param name="Field">As in the account's answer, e.g. <c>products[0].depth</c>; <c>changes[7]</c>: the seventh of the partition's feed; <c>state</c>: bytes that no field of the answer shows.</param>
/// <param name="Live">What the host has.</param>
/// <param name="Journal">What the journal gives.</param>
/// <param name="By">How the journal was read.</param>
public sealed record AccountDifference(int Partition, string Account, long Position, string Field, string Live, string Journal, VerifiedBy By);

/// <summary>How the journal was read for a comparison.</summary>
public enum VerifiedBy
{
    /// <summary>Every record applied again, in order.</summary>
    Replay,

    /// <summary>The account made from all of its records in the order of their times, repeated ids dropped.</summary>
    Rebuild,
}

/// <param name="Partition">0 and up.</param>
/// <param name="What">One sentence that names it.</param>
public sealed record StoredDamage(int Partition, string What);
