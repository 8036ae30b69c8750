using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Partitions;

// Preview: copies of accounts, taken a few at a time so that nothing waits long, and yet all as of one position.
public sealed partial class Partition
{
    /// <summary>Copies of some accounts to come, from that number on, at most so many as one pass over the history takes.</summary>
    public AccountCopies BeginCopies(int first) => new(this, ModelOrThrow, first, Math.Min(options.RebuildAccountsMax, Math.Max(0, accounts.Count - first)), options.RebuildBytesMax);

    /// <summary>Copies at most so many more accounts. True: all of them are copied, as of <see cref="Applied"/>; what has changed since its turn is copied again.</summary>
    /// <exception cref="OperationCanceledException">The partition has swapped to another model meanwhile, or is about to.</exception>
    public bool CopyOn(AccountCopies copies, int max)
    {
        ArgumentNullException.ThrowIfNull(copies);
        if (!ReferenceEquals(copies.Model, model) || activation is not null) throw new OperationCanceledException($"Partition {Index} changes its model.");
        // A tick may have touched any of them, and left no mark.
        if (copies.Day != Day) copies.Restart(Day);
        for (; max > 0 && copies.Taken.Count < copies.Count; max--)
        {
            copies.Taken.Add(CopyOf(copies.First + copies.Taken.Count));
        }

        if (copies.Taken.Count < copies.Count) return false;
        for (var i = 0; i < copies.Count; i++)
        {
            ref var account = ref accounts[copies.First + i];
            if (AccountActor.Position(account.State) == copies.Taken[i].Position && IsStopped(copies.First + i) == copies.Taken[i].IsStopped) continue;
            copies.Taken[i] = copies.Taken[i] with { State = CopyOfDay(copies.First + i), Position = AccountActor.Position(account.State), IsStopped = IsStopped(copies.First + i) };
        }

        copies.End(Applied, lastReceivedAtMs);
        return true;
    }

    internal AccountCopy CopyOf(int number) => new(accounts[number].Hash, IdOf(number), CopyOfDay(number), AccountActor.Position(accounts[number].State), IsStopped(number));

    private bool IsStopped(int number) => (accounts[number].Flags & AccountFlags.Stopped) != AccountFlags.None;
}
