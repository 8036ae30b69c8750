using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Storage;

/// <summary>Sums of the rows of checkpoints: over the bytes and, as their seed, everything that says whose they are, so that a row with another's bytes is noticed too.</summary>
internal static class StateChecksum
{
    public static long Head(int partition, long position, long lastSequence, ReadOnlySpan<byte> head) => Of(head, (ulong)partition, (ulong)position, (ulong)lastSequence);

    public static long Account(int partition, int number, ReadOnlySpan<byte> state) => Of(state, (ulong)partition, (ulong)number);

    public static long Change(int partition, long sequence, ulong accountHash, ReadOnlySpan<byte> body) => Of(body, (ulong)partition, (ulong)sequence, accountHash);

    public static long Ids(int partition, long position, int maxDay, ReadOnlySpan<byte> ids) => Of(ids, (ulong)partition, (ulong)position, (ulong)maxDay);

    public static long User(int partition, ReadOnlySpan<byte> user, ReadOnlySpan<byte> account) => Of(account, (ulong)partition, StableHash.Of(user));

    private static long Of(ReadOnlySpan<byte> bytes, params ReadOnlySpan<ulong> whose)
    {
        var seed = 0UL;
        foreach (var value in whose) seed = StableHash.Combine(seed, value);
        return (long)StableHash.Of(bytes, seed);
    }
}
