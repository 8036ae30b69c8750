using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// States that were computed from history, beside the live ones, and what happened since applied on top. What that reports is discarded: it was reported when it happened, or the
/// swap reports it. One that breaks keeps its error and takes nothing more.
/// </summary>
/// <param name="model">Of the states.</param>
/// <param name="takesNew">A record of an account that is not known makes one, as it does in the partition; else it is passed over.</param>
internal sealed class RebuiltAccounts(CompiledModel model, bool takesNew)
{
    private readonly Dictionary<ulong, int> byHash = [];
    private readonly ChangeList discarded = [];
    private AccountState[] states = new AccountState[16];
    private Exception?[] errors = new Exception?[16];

    public int Count { get; private set; }

    /// <param name="hash">Of the account's id; not known yet.</param>
    /// <param name="state">None where there is an error.</param>
    /// <param name="error">Why it could not be computed.</param>
    public void Add(ulong hash, AccountState state, Exception? error)
    {
        if (Count == states.Length)
        {
            Array.Resize(ref states, Count * 2);
            Array.Resize(ref errors, Count * 2);
        }

        byHash.Add(hash, Count);
        states[Count] = state;
        errors[Count] = error;
        Count++;
    }

    /// <summary>The other's accounts become this one's.</summary>
    public void Absorb(RebuiltAccounts other)
    {
        foreach (var (hash, index) in other.byHash.OrderBy(entry => entry.Value)) Add(hash, other.states[index], other.errors[index]);
    }

    /// <summary>What was kept of the time since.</summary>
    public void BringUp(RebuildTail tail)
    {
        for (var i = 0; i < tail.Count; i++)
        {
            var record = tail.At(i, out var position, out var day);
            Take(record, position, day);
        }
    }

    /// <param name="record">The next one after what the states hold: of an account, or a tick. A historic one has no effect: its mark lives on in the live account.</param>
    /// <param name="position">Of the record.</param>
    /// <param name="day">The partition's day; for a tick the one that it opens.</param>
    public void Take(in Record record, long position, int day)
    {
        if (record.Has(RecordFlags.Historic)) return;
        if (record.Kind == RecordKind.Tick)
        {
            for (var index = 0; index < Count; index++) Tick(index, position, day);
            return;
        }

        if (!byHash.TryGetValue(record.AccountHash, out var found))
        {
            if (!takesNew) return;
            found = Count;
            Add(record.AccountHash, AccountActor.Create(model, record.Account, day), null);
        }

        Apply(found, record, position, day);
        discarded.Clear();
    }

    private void Tick(int index, long position, int day)
    {
        ref var state = ref states[index];
        if (state.IsNone || errors[index] is not null || AccountActor.NextDueDay(state) > day) return;
        try
        {
            AccountActor.Tick(model, ref state, day, position, discarded);
        }
        catch (Exception error)
        {
            errors[index] = error;
        }

        discarded.Clear();
    }

    private void Apply(int index, in Record record, long position, int day)
    {
        ref var state = ref states[index];
        if (state.IsNone || errors[index] is not null) return;
        try
        {
            AccountActor.Apply(model, ref state, record, position, day, discarded);
        }
        catch (Exception error)
        {
            errors[index] = error;
        }
    }

    /// <summary>The state, or why there is none; neither: the account is not known here.</summary>
    public AccountState? StateOf(ulong hash, out Exception? error)
    {
        error = null;
        if (!byHash.TryGetValue(hash, out var index)) return null;
        error = errors[index];
        return error is null && !states[index].IsNone ? states[index] : null;
    }
}
