using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>Copies of some of a partition's accounts as of one position, for a preview or a verification. Independent of the partition once they are taken.</summary>
public sealed class AccountCopies
{
    internal AccountCopies(Partition partition, CompiledModel model, int first, int count, long bytesMax)
    {
        Partition = partition.Index;
        Model = model;
        First = first;
        Count = count;
        BytesMax = bytesMax;
        Day = partition.Day;
    }

    public int Partition { get; }

    /// <summary>Number of the first one.</summary>
    public int First { get; }

    public int Count { get; }

    /// <summary>They hold every record through here.</summary>
    public long Position { get; private set; }

    internal CompiledModel Model { get; }

    internal int Day { get; private set; }

    internal long AtMs { get; private set; }

    internal long BytesMax { get; }

    internal List<AccountCopy> Taken { get; } = [];

    internal void Restart(int day)
    {
        Taken.Clear();
        Day = day;
    }

    internal void End(long position, long atMs) => (Position, AtMs) = (position, atMs);
}

/// <summary>An account's state as it was at a position.</summary>
internal readonly record struct AccountCopy(ulong Hash, byte[] Id, AccountState State, long Position, bool IsStopped);
