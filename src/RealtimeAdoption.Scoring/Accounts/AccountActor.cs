using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What a call did to the account beyond its measured values.</summary>
[Flags]
public enum AccountEffects
{
    None = 0,

    /// <summary>The summary row differs: read <see cref="AccountActor.Summary"/> again.</summary>
    RowChanged = 1,

    /// <summary>The account has just been marked for rebuild.</summary>
    RebuildNeeded = 2,
}

/// <summary>
/// An account's behaviour as pure functions over its state, one block of bytes owned by the caller. The state is changed in
/// place and replaced when it grows, hence <c>ref</c>. Callers apply records in journal order, one at a time per account.
/// The block is also its stored form. No thread safety: one writer.
/// </summary>
public static class AccountActor
{
    /// <summary>A new account on that day, before its first record.</summary>
    public static byte[] Create(CompiledModel model, ReadOnlySpan<byte> account, int day) => throw new NotImplementedException();

    /// <summary>
    /// Applies a stamped record: usage, traits, profile, identify. A historic record only marks the account. The account is first
    /// brought to <paramref name="day"/>, the partition's day.
    /// </summary>
    public static AccountEffects Apply(CompiledModel model, ref byte[] state, in Record record, long position, int day, List<Change> changes) => throw new NotImplementedException();

    /// <summary>The partition has opened this day. Needed only where <see cref="NextDueDay"/> has come; any day may be skipped before it.</summary>
    public static AccountEffects Tick(CompiledModel model, ref byte[] state, int day, long position, List<Change> changes) => throw new NotImplementedException();

    /// <summary>The first day on which, with no more traffic, something discrete changes; <see cref="int.MaxValue"/>: never.</summary>
    public static int NextDueDay(ReadOnlySpan<byte> state) => throw new NotImplementedException();

    public static bool IsRebuilding(ReadOnlySpan<byte> state) => throw new NotImplementedException();

    /// <summary>Position of the last record applied, or marked historic.</summary>
    public static long Position(ReadOnlySpan<byte> state) => throw new NotImplementedException();

    public static ReadOnlySpan<byte> AccountId(ReadOnlySpan<byte> state) => throw new NotImplementedException();

    public static AccountSummary Summary(CompiledModel model, ReadOnlySpan<byte> state) => throw new NotImplementedException();

    public static AccountView View(CompiledModel model, ref byte[] state, int day, bool explain) => throw new NotImplementedException();

    public static IReadOnlyList<UserView> Users(CompiledModel model, ref byte[] state, int day) => throw new NotImplementedException();

    /// <summary>
    /// The state recomputed from all of an account's records up to a position (any order; historic ones included), as of a day:
    /// repeated ids dropped (lowest position stands), profile in journal order, usage in event-time order.
    /// </summary>
    public static byte[] Rebuild(CompiledModel model, ReadOnlySpan<byte> account, IReadOnlyList<(long Position, ReadOnlyMemory<byte> Record)> history, int day) => throw new NotImplementedException();

    /// <summary>
    /// Swaps a rebuilt state in at <paramref name="position"/>: what was reported so far and a mark later than <paramref name="through"/> carry over from
    /// the live state; reactions are evaluated once, with cause rebuild. The rebuilt state must have been brought up to date (records after
    /// <paramref name="through"/> applied on top) by the caller.
    /// </summary>
    public static AccountEffects Swap(CompiledModel model, ref byte[] live, byte[] rebuilt, long through, long position, int day, DateTimeOffset at, List<Change> changes) => throw new NotImplementedException();
}
