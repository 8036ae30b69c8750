using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

// A new model: begun at one record, computed from history beside the live accounts, swapped in for all of them at another record.
public sealed partial class Partition
{
    // With more the swap would hold the partition up; after so many rounds it is taken as it is, since records then come faster than they can be applied.
    private const int CatchUpRoundsMax = 8;

    private Activation? activation;

    // Appended, and not applied yet.
    private ModelWish? wished;
    private CompiledModel? wishedModel;

    // Where a model remembers ids for longer than the one before, they are known from this day on only.
    private int idsFrom = int.MinValue;

    /// <summary>0 for the store's first model, one more with each activation.</summary>
    public int Generation { get; private set; }

    /// <summary>Who asked for <see cref="Model"/>; empty: not told, or the store's first.</summary>
    public string ModelBy { get; private set; } = "";

    /// <summary>Receipt of the record that began the activation of <see cref="Model"/>; 0: the store's first.</summary>
    public long ModelBegunAtMs { get; private set; }

    /// <summary>A model whose activation has begun in this partition's journal (applied), and is not swapped in yet; null: none.</summary>
    public PartitionActivation? Activation => activation is { } active
        ? new PartitionActivation(active.Begin.Wish, active.Model, active.Begin.AtMs, active.RecordsRead, active.RecordsInAll)
        : null;

    /// <summary>The record that begins one is appended, and not applied yet.</summary>
    public bool IsActivationAppended => wished is not null;

    /// <summary>
    /// Appends the record that begins a model's activation; it has begun when that is applied. Then <see cref="StepActivation"/> brings it forward.
    /// False: the partition lives by this text already.
    /// </summary>
    /// <exception cref="InvalidOperationException">An activation is under way, or has been appended.</exception>
    public bool BeginActivation(in ModelWish wish, long nowMs)
    {
        if (activation is not null || wished is not null) throw new InvalidOperationException($"Partition {Index}: an activation is under way.");
        if (wish.Generation <= Generation) throw new ArgumentException($"Generation {wish.Generation} after {Generation}.", nameof(wish));
        if (wish.Text == modelText) return false;
        wishedModel = readModel(wish.Text);
        wished = wish;
        AppendModel(nowMs);
        return true;
    }

    private void AppendModel(long nowMs)
    {
        var receivedAt = OpenDayOf(nowMs);
        var at = open.Length;
        PartitionRecords.WriteModel(open, wished!.Value, receivedAt);
        StampOwn(at, receivedAt);
    }

    /// <summary>
    /// The next step of the activation under way, if one can be made now.
    /// </summary>
    public ActivationStep StepActivation(long nowMs)
    {
        if (activation is not { Pass: null, IsSwapAppended: false } active || pass is not null) return ActivationStep.None;
        if (BeginNewPass(active, Applied, ofReplay: false)) return ActivationStep.PassBegun;
        AppendActivated(nowMs);
        return ActivationStep.SwapAppended;
    }

    // False: everything is computed, and what is not read is in the tail. Live, the tail begins with the catch-up: what is applied from then on is kept.
    private bool BeginNewPass(Activation active, long until, bool ofReplay)
    {
        if (active.Next < active.Begin.Accounts)
        {
            var taken = new List<(ulong, byte[])>();
            for (var number = active.Next; number < active.Begin.Accounts && taken.Count < options.RebuildAccountsMax; number++)
                taken.Add((accounts[number].Hash, IdOf(number)));
            BeginPass(active, NewPass(active.Model, active.Begin.Position, active.Begin.Position, taken, options.RebuildBytesMax, ofReplay));
            return true;
        }

        if (active.Tail is { } kept && (kept.Bytes <= options.ActivationTailBytesMax || active.Rounds >= CatchUpRoundsMax)) return false;
        if (!ofReplay) active.BeginTail();
        if (active.Through >= until) return false;
        active.Rounds++;
        BeginPass(active, new CatchUpPass(Index, active.Accounts, active.Through, until, active.Day, ofReplay) { LeftOutOfTail = LeftOutAfter(active.Through) });
        return true;
    }

    /// <summary>The pass is one of the activation under way.</summary>
    public bool IsOfActivation(HistoryPass of) => of is not null && ReferenceEquals(of, activation?.Pass);

    /// <summary>Between two passes: drops the states that the activation under way has computed, and computes them again when it is brought forward again.</summary>
    public void PutActivationBack()
    {
        if (activation is { Pass: null, IsSwapAppended: false }) activation.Restart();
    }

    private void BeginPass(Activation active, HistoryPass begun)
    {
        active.BeginPass(begun);
        outputs.Enqueue(new ReadHistory(begun));
    }

    private void AppendActivated(long nowMs)
    {
        var receivedAt = OpenDayOf(nowMs);
        var at = open.Length;
        PartitionRecords.WriteActivated(open, activation!.Begin.Position, receivedAt);
        StampOwn(at, receivedAt);
        (activation.IsSwapAppended, activation.SwapDay) = (true, openDay);
    }

    // What a failed commit has dropped; what was computed still stands. Where the first model went with it, the host must wish again: there is no receipt yet to go on from.
    private void AppendActivationAgain()
    {
        if (Applied == 0) (wished, wishedModel) = (null, null);
        else if (wished is not null) AppendModel(openReceivedAtMs);
        else if (activation is { IsSwapAppended: true }) AppendActivated(openReceivedAtMs);
    }

    private void ApplyModel(in Record record, long position)
    {
        var wish = PartitionRecords.ReadModel(record);
        if (isFedByJournal && model is not null && wished?.Generation != wish.Generation) throw AnotherOwner(position);
        // The partition's first model may be applied after another one was wished for.
        if (wished?.Generation == wish.Generation) (wished, wishedModel) = (null, null);
        if (activation is not null) throw new InvalidDataException($"Partition {Index}: the model at {position} comes before the one at {activation.Begin.Position} is swapped in.");
        if (model is null) TakeModel(readModel(wish.Text), wish.Text, wish.Generation);
        else if (wish.Text == modelText) Generation = wish.Generation;
        else activation = new Activation(readModel(wish.Text), new ActivationBegin(wish, position, record.ReceivedAtMs, Day, accounts.Count));
    }

    // Live, the states are at hand. In a replay they are computed here, and the host reads the history.
    private bool HasActivated(long position)
    {
        if (isFedByJournal && activation is not { IsSwapAppended: true }) throw AnotherOwner(position);
        if (activation is not { } active) throw new InvalidDataException($"Partition {Index}: the swap at {position} follows no model.");
        return isOpen || (active.Pass is null && !BeginNewPass(active, position - 1, ofReplay: true));
    }

    private void ApplyActivated(in Record record, long position)
    {
        using var active = activation!;
        var begun = PartitionRecords.ReadActivated(record);
        if (begun != active.Begin.Position) throw new InvalidDataException($"Partition {Index}: the swap at {position} is of the model at {begun}, not of the one at {active.Begin.Position}.");
        FinishTick();
        if (active.Tail is { } tail && options.Planted != PlantedFault.ActivationTailLost) active.Accounts.BringUp(tail);
        var before = ModelOrThrow;
        var names = new byte[accounts.Count][];
        for (var number = 0; number < names.Length; number++) names[number] = IdOf(number);
        idsFrom = IdsFromAfter(active, Day);
        TakeModel(active.Model, active.Begin.Wish.Text, active.Begin.Wish.Generation);
        (ModelBy, ModelBegunAtMs) = (active.Begin.Wish.By, active.Begin.AtMs);
        fleet!.Counts.Events = events;
        faults.Clear();
        heals.Clear();
        activation = null;
        for (var number = 0; number < names.Length; number++) SwapModel(before, active, names[number], number, position, record.ReceivedAtMs);
    }

    // A stopped account starts anew with everything that history has of it, for its records went on into the journal.
    private void SwapModel(CompiledModel before, Activation active, byte[] id, int number, long position, long atMs)
    {
        ref var account = ref accounts[number];
        account.Flags &= ~AccountFlags.Stopped;
        account.Card = null;
        // Known by nothing but historic records since the beginning: it is marked for a rebuild, which has them all.
        var rebuilt = active.Accounts.StateOf(account.Hash, out var error);
        if (rebuilt is null && error is null) rebuilt = AccountActor.Create(active.Model, id, Day);
        var answer = rebuilt is { } state
            ? AccountTurn.SwapModel(before, active.Model, ref account, state, active.Begin.Position, position, Day, atMs, changes)
            : new AccountAnswer(AccountEffects.None, null, int.MaxValue, error);
        if (answer.Error is not null)
        {
            StopEmpty(number, id, position, answer.Error);
            return;
        }

        Settle(number, position, answer);
        if (AccountActor.IsRebuilding(account.State)) MarkPending(number);
        else Unmark(ref account);
    }

    // Its block is of a model that is gone, and there is none of the new one: an empty one takes its place, so that it can be read and told of.
    private void StopEmpty(int number, byte[] id, long position, Exception error)
    {
        ref var account = ref accounts[number];
        if ((account.Flags & AccountFlags.Dirty) == AccountFlags.None) MarkDirty(number);
        AccountActor.Renew(ModelOrThrow, ref account.State, id, Day);
        Place(number, AccountRow.Of(ModelOrThrow, ref account.State));
        Stop(number, position, error);
    }

    private byte[] IdOf(int number) =>
        faults.TryGetValue(number, out var fault) ? Encoding.UTF8.GetBytes(fault.Account) : AccountActor.AccountId(ModelOrThrow, accounts[number].State).ToArray();

    // Late enough to be historic, at the append side. While another model is on its way what it finds too old is historic too: it will be applied on top of that model's states.
    // Behind the record of the swap the model after it decides, as it will when that is applied.
    private int LateBefore(int day) => activation is { IsSwapAppended: true } swapping
        ? Math.Max(day - swapping.Model.LateDays, IdsFromAfter(swapping, swapping.SwapDay))
        : Math.Max(day - Math.Min(ModelOrThrow.LateDays, (wishedModel ?? activation?.Model ?? ModelOrThrow).LateDays), idsFrom);

    // What was not remembered under one of the models before never comes back, so the day only rises.
    private int IdsFromAfter(Activation active, int swapDay) =>
        active.Model.LateDays > ModelOrThrow.LateDays && swapDay != int.MinValue ? Math.Max(idsFrom, swapDay - ModelOrThrow.LateDays) : idsFrom;

    // The same, at the applied side.
    private int RememberedFrom(int day) => Math.Max(day - Math.Min(ModelOrThrow.LateDays, (activation?.Model ?? ModelOrThrow).LateDays), idsFrom);
}
