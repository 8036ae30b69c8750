namespace RealtimeAdoption.Engine.Verification;

/// <summary>Collects what a verification finds. Memory by what it lists. One thread at a time.</summary>
/// <param name="partitions">Of the store.</param>
public sealed class VerifyTally(int partitions)
{
    /// <summary>Differences that are listed; the rest is counted.</summary>
    public const int DifferencesMax = 1_000;

    private readonly long[] positions = new long[partitions];
    private readonly List<AccountDifference> differences = [];
    private readonly List<StoredDamage> damages = [];
    private int omitted;
    private int accounts;

    public long Records { get; set; }

    public long Segments { get; set; }

    public long Changes { get; set; }

    public void Compared(int partition, long position, int count)
    {
        positions[partition] = position;
        accounts += count;
    }

    public void Add(AccountDifference difference)
    {
        if (differences.Count < DifferencesMax) differences.Add(difference);
        else omitted++;
    }

    public void AddDamage(int partition, string what) => damages.Add(new StoredDamage(partition, what));

    /// <summary>What was found of other partitions.</summary>
    public void Add(VerifyReport part)
    {
        ArgumentNullException.ThrowIfNull(part);
        for (var i = 0; i < positions.Length; i++) positions[i] = Math.Max(positions[i], part.Positions[i]);
        (Records, Segments, Changes) = (Records + part.Records, Segments + part.Segments, Changes + part.Changes);
        accounts += part.Accounts;
        foreach (var difference in part.Differences) Add(difference);
        omitted += part.DifferencesOmitted;
        damages.AddRange(part.Damages);
    }

    public VerifyReport ToReport() => new()
    {
        Positions = positions,
        Records = Records,
        Segments = Segments,
        Accounts = accounts,
        Changes = Changes,
        Differences = differences,
        DifferencesOmitted = omitted,
        Damages = damages,
    };
}
