using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What a call did to the account beyond its measured values.</summary>
[Flags]
public enum AccountEffects
{
    None = 0,

    /// <summary>Its mark in the fleet differs: read <see cref="AccountActor.Mark"/> again.</summary>
    RowChanged = 1,

    /// <summary>The account has just been marked for rebuild.</summary>
    RebuildNeeded = 2,

    /// <summary>Its card in the fleet may differ too: read <see cref="AccountActor.Row"/> again.</summary>
    CardChanged = 4,
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
        HealthScore.Begin(block);
        profile.Write(block);
        Entitlement.Refresh(block, profile);
        Entitlement.Place(block);
        HealthScore.Renew(block);
        block.ReportedStage = block.Stage;
        return state;
    }

    /// <summary>A new account takes the place of a state that cannot be used any more, in its memory.</summary>
    public static void Renew(CompiledModel model, ref AccountState state, ReadOnlySpan<byte> account, int day) => state.Take(Create(model, account, day));

    /// <summary>
    /// Applies a stamped record: usage, traits, profile, identify, an action on an alert, a pin. A historic record only marks the account. The account is first
    /// brought to <paramref name="day"/>, the partition's day.
    /// </summary>
    public static AccountEffects Apply(CompiledModel model, ref AccountState state, in Record record, long position, int day, ChangeList changes)
    {
        var block = new AccountBlock(model, ref state);
        Calendar.AdvanceTo(block, day);
        block.Position = position;
        var isNew = block.Is(BlockFlags.New);
        var effects = isNew ? AccountEffects.RowChanged : AccountEffects.None;
        block.Set(BlockFlags.New, false);
        if (record.Has(RecordFlags.Historic)) return effects | MarkHistoric(block, position);
        return effects | (record.Kind == RecordKind.Usage ? ApplyUsage(block, record, isNew, changes) : ApplyRest(block, record, changes));
    }

    /// <summary>
    /// Of an account that takes no more records: remembers that there is a historic one, so that a later <see cref="SwapModel"/> marks it for rebuild. False: the state is none under this model.
    /// </summary>
    public static bool Owe(CompiledModel model, ref AccountState state, long position)
    {
        if (!AccountBlock.IsOf(model, state)) return false;
        new AccountBlock(model, ref state).HistoricThrough = position;
        return true;
    }

    /// <summary>
    /// Asks for the lines of a state that applying the record will read. Its head must have been asked for some records before (<see cref="PrefetchHead"/>), or this waits for it. A state that
    /// is not one is passed over: applying the record will tell.
    /// </summary>
    public static void Prefetch(CompiledModel model, ref AccountState state, in Record record)
    {
        if (record.Kind == RecordKind.Usage && AccountBlock.IsOf(model, state)) Feeding.Prefetch(new AccountBlock(model, ref state), record);
    }

    /// <summary>Asks for the lines of a state that hold its head and section table.</summary>
    public static void PrefetchHead(CompiledModel model, in AccountState state) => state.Prefetch(0, model.Layout.HotSize);

    /// <summary>The partition has opened this day. Needed only where <see cref="NextDueDay"/> has come; any day may be skipped before it.</summary>
    public static AccountEffects Tick(CompiledModel model, ref AccountState state, int day, long position, ChangeList changes)
    {
        var block = new AccountBlock(model, ref state);
        block.PrefetchTold();
        Calendar.AdvanceTo(block, day - 1);
        var (adopted, entitled, stage) = (block.Adopted, block.Entitled, block.Stage);
        var contractMoves = day >= block.EntitledUntil;
        var occasion = Occasion.OfTick(day, position, changes) with { EntitledBefore = entitled };
        var measures = model.Health?.Measures.Length ?? 0;
        var before = ScoreStanding.Keep(block, measures <= ScoreStanding.OnStack ? stackalloc double[measures] : new double[measures]);
        if (block.Day < day)
        {
            var closed = Closes.Take(block);
            if (closed) ScoreTelling.TellClose(block, occasion);
            DayBest.Forget(block);
            var silent = block.LastActivityDay != block.Day;
            Calendar.OpenNextDay(block);
            occasion = occasion with { TellsEveryMove = closed && silent, Expired = block.IsRebuilding ? null : Expiry.Of(block, before) };
        }

        if (!block.IsRebuilding) Pins.End(block, occasion);
        var told = Reactions.Report(block, occasion, before, judgeAlerts: true);
        Calendar.FindNextDue(block);
        return told || contractMoves || adopted != block.Adopted || entitled != block.Entitled || stage != block.Stage ? AccountEffects.RowChanged : AccountEffects.None;
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

    /// <summary>All that the fleet keeps of it.</summary>
    public static (AccountCard Card, AccountMark Mark) Row(CompiledModel model, ref AccountState state) => AccountReading.Row(new AccountBlock(model, ref state));

    /// <summary>The part that changes without the profile.</summary>
    public static AccountMark Mark(CompiledModel model, ref AccountState state) => AccountReading.Mark(new AccountBlock(model, ref state));

    /// <summary>The row that card and mark make.</summary>
    public static AccountSummary Summary(CompiledModel model, ref AccountState state)
    {
        var (card, mark) = Row(model, ref state);
        return AccountSummary.Of(card, mark, LastActivityOn(state));
    }

    /// <summary>All that the state holds on a day not before its own: live ones, and those resolved not long ago. Cheap: no view is made. The list is filled anew.</summary>
    public static void GlanceAtAlerts(CompiledModel model, ref AccountState state, int day, List<AlertGlance> alerts) => AlertReading.Glance(new AccountBlock(model, ref state), day, alerts);

    /// <summary>As of a day not before the state's, to which it is brought; in the order of their types and subjects. Null: the model has no alerts.</summary>
    public static IReadOnlyList<AlertView>? Alerts(CompiledModel model, ref AccountState state, int day)
    {
        var block = new AccountBlock(model, ref state);
        Calendar.AdvanceTo(block, day);
        return AlertReading.Views(block);
    }

    public static AccountView View(CompiledModel model, ref AccountState state, int day, bool explain)
    {
        var block = new AccountBlock(model, ref state);
        Calendar.AdvanceTo(block, day);
        var view = AccountReading.View(block, explain);
        return explain && view.Health is { } health ? view with { Health = health with { WithoutTraffic = Forecast.Of(model, state.Copy()) } } : view;
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

    /// <summary>Takes out of a rebuilt state the closes of days on which nobody looked: with a swap it then has those of the live state and no others.</summary>
    public static void ForgetCloses(CompiledModel model, ref AccountState rebuilt) => Closes.Clear(new AccountBlock(model, ref rebuilt));

    /// <summary>
    /// Swaps a rebuilt state in at <paramref name="position"/>: what was reported so far and a mark later than <paramref name="through"/> carry over from
    /// the live state; reactions are evaluated once, with cause rebuild. The rebuilt state must have been brought up to date (records after
    /// <paramref name="through"/> applied on top) by the caller.
    /// </summary>
    public static AccountEffects Swap(CompiledModel model, ref AccountState live, AccountState rebuilt, long through, long position, int day, DateTimeOffset at, ChangeList changes)
    {
        var before = new AccountBlock(model, ref live);
        var block = new AccountBlock(model, ref rebuilt);
        Calendar.AdvanceTo(before, day);
        Calendar.AdvanceTo(block, day);
        block.ReportedAdopted = before.ReportedAdopted;
        block.ReportedStage = before.ReportedStage;
        var occasion = Occasion.OfSwap(CauseKind.Rebuild, position, at, changes);
        TakeOver(block, before, through, occasion);
        live.Take(rebuilt);
        return Settle(new AccountBlock(model, ref live), occasion);
    }

    /// <summary>
    /// Swaps in a state rebuilt under another model: the same as <see cref="Swap"/> with cause model, once for each account at the activation. What was reported of products, stage and measures
    /// carries over by their ids; a stage that the new model does not have counts as the one that the new model has for as many products. Bands, fall, alerts and pins carry over; the closes
    /// all come from the rebuilt state. The rebuilt state must have been brought up to date under the new model.
    /// </summary>
    /// <param name="oldModel">The model of the live state.</param>
    /// <param name="live">Becomes the rebuilt state, in its own memory.</param>
    /// <param name="newModel">The model of the rebuilt state.</param>
    /// <param name="rebuilt">From <see cref="Rebuild"/> with the new model.</param>
    /// <param name="through">The position up to which history was rebuilt: an account marked later stays marked.</param>
    /// <param name="position">Of the record at which the model is swapped.</param>
    /// <param name="day">The partition's day.</param>
    /// <param name="at">Receipt of that record.</param>
    /// <param name="changes">Takes what the account reports.</param>
    public static AccountEffects SwapModel(
        CompiledModel oldModel, ref AccountState live, CompiledModel newModel, AccountState rebuilt, long through, long position, int day, DateTimeOffset at, ChangeList changes)
    {
        ArgumentNullException.ThrowIfNull(newModel);
        var before = new AccountBlock(oldModel, ref live);
        var block = new AccountBlock(newModel, ref rebuilt);
        Calendar.AdvanceTo(block, day);
        block.ReportedAdopted = newModel.ProductsOf(oldModel, before.ReportedAdopted);
        block.ReportedStage = newModel.StageOf(oldModel, before.ReportedStage);
        // One that historic records alone made since the activation began is in no history that was read for it.
        block.FirstDay = Math.Min(block.FirstDay, before.FirstDay);
        var occasion = Occasion.OfSwap(CauseKind.Model, position, at, changes);
        TakeOver(block, before, through, occasion);
        live.Take(rebuilt);
        return Settle(new AccountBlock(newModel, ref live), occasion);
    }

    private static void TakeOver(in AccountBlock rebuilt, in AccountBlock live, long through, in Occasion occasion)
    {
        rebuilt.HistoricThrough = Math.Max(rebuilt.HistoricThrough, live.HistoricThrough);
        rebuilt.Set(BlockFlags.Rebuilding, rebuilt.HistoricThrough > through);
        rebuilt.Position = Math.Max(live.Position, occasion.Position);
        ScoreTelling.TellBeforeSwap(live, rebuilt, occasion);
        HealthSwap.Carry(rebuilt, live);
    }

    private static AccountEffects Settle(in AccountBlock block, in Occasion occasion)
    {
        if (!block.IsRebuilding) Pins.End(block, occasion);
        // Up to the swap all is told: what is left to tell is the swap's own.
        Reactions.Report(block, occasion, ScoreStanding.None, judgeAlerts: true);
        Calendar.FindNextDue(block);
        return AccountEffects.RowChanged | AccountEffects.CardChanged;
    }

    private static AccountEffects MarkHistoric(in AccountBlock block, long position)
    {
        block.HistoricThrough = position;
        if (block.IsRebuilding) return AccountEffects.None;
        block.Set(BlockFlags.Rebuilding, true);
        return AccountEffects.RowChanged | AccountEffects.RebuildNeeded;
    }

    private static AccountEffects ApplyUsage(in AccountBlock block, in Record record, bool isNew, ChangeList changes)
    {
        var (adopted, activity, firstDay) = (block.Adopted, block.LastActivityDay, block.FirstDay);
        var late = Days.Of(record.TimeMs) < block.Day;
        var dates = late && !block.IsRebuilding ? AdoptionDates.OfAll(block) : null;
        Feeding.Feed(block, record, out var fed);
        Entitlement.Place(block);
        Calendar.SetInMotion(block);
        var (flipped, active) = (adopted != block.Adopted, activity != block.LastActivityDay);
        var depthMoved = false;
        var moves = late || HealthScore.MayMove(block, fed, flipped, active, out depthMoved);
        var judgeAlerts = late || flipped || active || fed.UserCameAlive || fed.NpsMoved;
        var rowMoved = (moves || judgeAlerts || isNew) && Score(block, record, fed, new UsageMoves(late, flipped, active, depthMoved, moves), isNew, judgeAlerts, dates, changes);
        return late || flipped || rowMoved || firstDay != block.FirstDay ? AccountEffects.RowChanged : AccountEffects.None;
    }

    // Apart from what most events need: the measures are renewed beside what they were. True: the summary row differs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Score(
        in AccountBlock block, in Record record, in Fed fed, UsageMoves moves, bool isNew, bool judgeAlerts, AdoptionDates[]? dates, ChangeList changes)
    {
        var measures = block.Model.Health?.Measures.Length ?? 0;
        var before = ScoreStanding.Keep(block, measures <= ScoreStanding.OnStack ? stackalloc double[measures] : new double[measures]);
        if (moves.Late || moves.Flipped || moves.Depth) block.PrefetchTold();
        var moved = moves.Late ? HealthScore.Renew(block) : moves.Any && HealthScore.AfterEvent(block, fed, moves.Flipped, moves.LastDay, moves.Depth);
        if (!(judgeAlerts || moved || isNew)) return false;
        var corrections = dates is null ? null : AdoptionDates.Differences(dates, AdoptionDates.OfAll(block));
        return Reactions.Report(block, Occasion.OfEvent(record, block.Position, changes), before, judgeAlerts, corrections);
    }

    // What an event moved before its score is looked at.
    private readonly record struct UsageMoves(bool Late, bool Flipped, bool LastDay, bool Depth, bool Any);

    private static AccountEffects ApplyRest(in AccountBlock block, in Record record, ChangeList changes)
    {
        var measures = block.Model.Health?.Measures.Length ?? 0;
        var before = ScoreStanding.Keep(block, measures <= ScoreStanding.OnStack ? stackalloc double[measures] : new double[measures]);
        return record.Kind switch
        {
            RecordKind.Traits or RecordKind.Profile => ApplyProfile(block, record, before, changes),
            RecordKind.AlertAction or RecordKind.Override => ApplyPerson(block, record, before, changes),
            _ => ApplyOther(block, record, before, changes),
        };
    }

    private static AccountEffects ApplyProfile(in AccountBlock block, in Record record, scoped in ScoreStanding before, ChangeList changes)
    {
        var profile = Profile.Read(block);
        var hadContract = profile.Contract is not null;
        profile = profile.With(record);
        // All that a first contract covers it has come to cover: what was assumed before, no contract covered.
        ulong? entitled = profile.Contract is null ? null : hadContract ? block.Entitled : 0;
        var occasion = Occasion.OfRecord(CauseKind.Profile, record, block.Position, changes) with { EntitledBefore = entitled };
        profile.Write(block);
        Entitlement.Refresh(block, profile);
        Entitlement.Place(block);
        HealthScore.Renew(block);
        Reactions.Report(block, occasion, before, judgeAlerts: true);
        Calendar.FindNextDue(block);
        return AccountEffects.RowChanged | AccountEffects.CardChanged;
    }

    private static AccountEffects ApplyPerson(in AccountBlock block, in Record record, scoped in ScoreStanding before, ChangeList changes)
    {
        var occasion = Occasion.OfRecord(CauseKind.Person, record, block.Position, changes);
        if (record.Kind == RecordKind.Override) Pins.Apply(block, record, occasion);
        else AlertActions.Apply(block, record, occasion);
        var told = Reactions.Report(block, occasion, before, judgeAlerts: true);
        Calendar.FindNextDue(block);
        return told || occasion.HasChanges ? AccountEffects.RowChanged : AccountEffects.None;
    }

    // Of identify: it sets nothing, but may be what the account exists by, and then its band is judged for the first time.
    private static AccountEffects ApplyOther(in AccountBlock block, in Record record, scoped in ScoreStanding before, ChangeList changes)
    {
        var told = Reactions.Report(block, Occasion.OfEvent(record, block.Position, changes), before, judgeAlerts: true);
        Calendar.FindNextDue(block);
        return told ? AccountEffects.RowChanged : AccountEffects.None;
    }

    /// <summary>The shown score in tenths of a point as of the state's day, 0..1000; null: there is none. Cheap: no view is made.</summary>
    public static int? ScoreTenths(CompiledModel model, ref AccountState state) => HealthFacts.ScoreTenths(new AccountBlock(model, ref state));

    /// <summary>Tenths of a point against yesterday's close, on a day not before the state's; null: there is no such close, or no score. Cheap.</summary>
    public static int? Change1d(CompiledModel model, ref AccountState state, int day) => Closes.Change(new AccountBlock(model, ref state), day, 1);

    /// <summary>Tenths of a point against the close of seven days ago, on a day not before the state's; null: there is no such close, or no score. Cheap.</summary>
    public static int? Change7d(CompiledModel model, ref AccountState state, int day) => Closes.Change(new AccountBlock(model, ref state), day, CompiledModel.ChangeDays);
}
