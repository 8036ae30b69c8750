using System.Runtime.InteropServices;
using System.Text;
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

    /// <summary>Of the summary row only the day of the last activity differs: <see cref="AccountActor.LastActivityOn"/>.</summary>
    ActivityMoved = 4,
}

/// <summary>
/// An account's behaviour as pure functions over its state, one block of bytes owned by the caller. The state is changed in
/// place and moves when it grows, hence <c>ref</c>. Callers apply records in journal order, one at a time per account.
/// The block is also its stored form. No thread safety: one writer.
/// </summary>
public static class AccountActor
{
    /// <summary>A new account on that day, before its first record; without memory to share, in an array of its own.</summary>
    public static AccountState Create(CompiledModel model, ReadOnlySpan<byte> account, int day, BlockMemory? memory = null)
    {
        var state = AccountBlock.Create(model, day, memory);
        var block = new AccountBlock(model, ref state);
        var profile = new Profile { Account = Encoding.UTF8.GetString(account) };
        profile.Write(block);
        Entitlement.Refresh(block, profile);
        Entitlement.Place(block);
        block.ReportedStage = block.Stage;
        return state;
    }

    /// <summary>
    /// Applies a stamped record: usage, traits, profile, identify. A historic record only marks the account. The account is first
    /// brought to <paramref name="day"/>, the partition's day.
    /// </summary>
    public static AccountEffects Apply(CompiledModel model, ref AccountState state, in Record record, long position, int day, List<Change> changes)
    {
        var block = new AccountBlock(model, ref state);
        Calendar.AdvanceTo(block, day);
        block.Position = position;
        var effects = block.Is(BlockFlags.New) ? AccountEffects.RowChanged : AccountEffects.None;
        block.Set(BlockFlags.New, false);
        if (record.Has(RecordFlags.Historic)) return effects | Mark(block, position);
        return effects | record.Kind switch
        {
            RecordKind.Usage => ApplyUsage(block, record, changes),
            RecordKind.Traits or RecordKind.Profile => ApplyProfile(block, record, changes),
            _ => AccountEffects.None,
        };
    }

    /// <summary>
    /// Asks for the lines of a state that applying the record will read. Its head must have been asked for some records before (<see cref="PrefetchHead"/>), or this waits for it. A state that
    /// is not one is passed over: applying the record will tell.
    /// </summary>
    public static void Prefetch(CompiledModel model, ref AccountState state, in Record record)
    {
        if (record.Kind == RecordKind.Usage && AccountBlock.IsOf(model, state)) Feeding.Prefetch(new AccountBlock(model, ref state), record);
    }

    /// <summary>Asks for the lines of a state that hold its head, section table and products.</summary>
    public static void PrefetchHead(CompiledModel model, in AccountState state) => state.Prefetch(0, model.Layout.HotLines);

    /// <summary>The partition has opened this day. Needed only where <see cref="NextDueDay"/> has come; any day may be skipped before it.</summary>
    public static AccountEffects Tick(CompiledModel model, ref AccountState state, int day, long position, List<Change> changes)
    {
        var block = new AccountBlock(model, ref state);
        var (adopted, entitled, stage) = (block.Adopted, block.Entitled, block.Stage);
        Calendar.AdvanceTo(block, day);
        Calendar.FindNextDue(block);
        if (adopted == block.Adopted && entitled == block.Entitled && stage == block.Stage) return AccountEffects.None;
        var cause = Entitlement.Explain(block, entitled, new Cause { Kind = CauseKind.Tick, Position = position, Day = Days.ToDate(day) });
        Reactions.Report(block, cause, DateTimeOffset.FromUnixTimeMilliseconds(Days.StartMs(day)), changes);
        return AccountEffects.RowChanged;
    }

    /// <summary>The first day on which, with no more traffic, something discrete can change (never later than it does); <see cref="int.MaxValue"/>: never.</summary>
    public static int NextDueDay(in AccountState state) => MemoryMarshal.Read<int>(state.Room[AccountBlock.NextDueOffset..]);

    public static bool IsRebuilding(in AccountState state) => (state.Room[AccountBlock.FlagsOffset] & (byte)BlockFlags.Rebuilding) != 0;

    /// <summary>Position of the last record applied, or marked historic.</summary>
    public static long Position(in AccountState state) => MemoryMarshal.Read<long>(state.Room[AccountBlock.PositionOffset..]);

    public static ReadOnlySpan<byte> AccountId(CompiledModel model, in AccountState state)
    {
        var bytes = state.Bytes;
        var offset = MemoryMarshal.Read<int>(bytes[(model.Layout.TableOffset + (model.Layout.Profile * BlockLayout.SectionEntrySize))..]);
        return Profile.AccountOf(bytes[offset..]);
    }

    /// <summary>Null: never.</summary>
    public static DateOnly? LastActivityOn(in AccountState state)
    {
        var day = MemoryMarshal.Read<int>(state.Room[AccountBlock.LastActivityOffset..]);
        return day == AccountBlock.NoDay ? null : Days.ToDate(day);
    }

    public static AccountSummary Summary(CompiledModel model, ref AccountState state) => AccountReading.Summary(new AccountBlock(model, ref state));

    public static AccountView View(CompiledModel model, ref AccountState state, int day, bool explain)
    {
        var block = new AccountBlock(model, ref state);
        Calendar.AdvanceTo(block, day);
        return AccountReading.View(block, explain);
    }

    /// <summary>Active users, by id.</summary>
    public static IReadOnlyList<UserView> Users(CompiledModel model, ref AccountState state, int day)
    {
        var block = new AccountBlock(model, ref state);
        Calendar.AdvanceTo(block, day);
        return AccountReading.UserList(block);
    }

    /// <summary>
    /// The state recomputed from all of an account's records up to a position (any order; historic ones included), as of a day:
    /// repeated ids dropped (lowest position stands), profile in journal order, usage in event-time order.
    /// </summary>
    public static AccountState Rebuild(CompiledModel model, ReadOnlySpan<byte> account, IReadOnlyList<(long Position, ReadOnlyMemory<byte> Record)> history, int day) =>
        Rebuilding.Run(model, account, history, day);

    /// <summary>
    /// Swaps a rebuilt state in at <paramref name="position"/>: what was reported so far and a mark later than <paramref name="through"/> carry over from
    /// the live state; reactions are evaluated once, with cause rebuild. The rebuilt state must have been brought up to date (records after
    /// <paramref name="through"/> applied on top) by the caller.
    /// </summary>
    public static AccountEffects Swap(CompiledModel model, ref AccountState live, AccountState rebuilt, long through, long position, int day, DateTimeOffset at, List<Change> changes)
    {
        var before = new AccountBlock(model, ref live);
        var block = new AccountBlock(model, ref rebuilt);
        Calendar.AdvanceTo(block, day);
        block.HistoricThrough = Math.Max(block.HistoricThrough, before.HistoricThrough);
        block.Set(BlockFlags.Rebuilding, block.HistoricThrough > through);
        block.Position = Math.Max(before.Position, position);
        block.ReportedAdopted = before.ReportedAdopted;
        block.ReportedStage = before.ReportedStage;
        Calendar.FindNextDue(block);
        live.Take(rebuilt);
        Reactions.Report(new AccountBlock(model, ref live), new Cause { Kind = CauseKind.Rebuild, Position = position }, at, changes);
        return AccountEffects.RowChanged;
    }

    private static AccountEffects Mark(in AccountBlock block, long position)
    {
        block.HistoricThrough = position;
        if (block.IsRebuilding) return AccountEffects.None;
        block.Set(BlockFlags.Rebuilding, true);
        return AccountEffects.RowChanged | AccountEffects.RebuildNeeded;
    }

    private static AccountEffects ApplyUsage(in AccountBlock block, in Record record, List<Change> changes)
    {
        var (adopted, activity, firstDay) = (block.Adopted, block.LastActivityDay, block.FirstDay);
        var late = Days.Of(record.TimeMs) < block.Day;
        var dates = late && !block.IsRebuilding ? AdoptionDates.OfAll(block) : null;
        Feeding.Feed(block, record);
        Entitlement.Place(block);
        if (adopted != block.Adopted || dates is not null)
        {
            var corrections = dates is null ? null : AdoptionDates.Differences(dates, AdoptionDates.OfAll(block));
            Reactions.Report(block, Reactions.EventCause(record, block.Position), DateTimeOffset.FromUnixTimeMilliseconds(record.ReceivedAtMs), changes, corrections);
        }

        if (late || adopted != block.Adopted || firstDay != block.FirstDay) return AccountEffects.RowChanged;
        return activity == block.LastActivityDay ? AccountEffects.None : AccountEffects.ActivityMoved;
    }

    private static AccountEffects ApplyProfile(in AccountBlock block, in Record record, List<Change> changes)
    {
        var entitled = block.Entitled;
        var profile = Profile.Read(block).With(record);
        profile.Write(block);
        Entitlement.Refresh(block, profile);
        Entitlement.Place(block);
        Calendar.FindNextDue(block);
        var cause = Reactions.EventCause(record, block.Position) with { Kind = CauseKind.Profile, Event = null, Time = null };
        Reactions.Report(block, Entitlement.Explain(block, entitled, cause), DateTimeOffset.FromUnixTimeMilliseconds(record.ReceivedAtMs), changes);
        return AccountEffects.RowChanged;
    }
}
