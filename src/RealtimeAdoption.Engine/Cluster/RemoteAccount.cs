using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>
/// The actor of one account, away from its partition: it holds the state that its partition has handed out, and takes what follows on it. It may be lost at any time, and there may be several of one account: what they hold is
/// the partition's to compute again. No I/O, no clock; one call at a time.
/// </summary>
public sealed class RemoteAccount
{
    private readonly Func<ulong, CompiledModel> modelOf;
    private readonly ChangeList changes = [];
    private AccountState state;
    private CompiledModel? model;
    private long epoch = long.MinValue;
    private long lease;
    private AccountReply? last;

    /// <param name="modelOf">From the hash of a model file's text to the model; asked when a state comes.</param>
    public RemoteAccount(Func<ulong, CompiledModel> modelOf) => this.modelOf = modelOf;

    /// <summary>It holds a state; without one nothing is lost when it goes.</summary>
    public bool IsInUse => !state.IsNone;

    internal PlantedFault Planted { get; init; }

    /// <summary>Does what the call asks. Never throws for what an account breaks on.</summary>
    public AccountReply Take(AccountCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (call.Epoch < epoch) return Answer(call, AccountOutcome.Superseded);
        if (call.Epoch == epoch && last is not null)
        {
            if (call.Number == last.Number) return Again(call, last);
            // One that was overtaken.
            if (call.Number < last.Number) return Answer(call, AccountOutcome.Gap);
        }

        if (call.State is { } given) Receive(call, given);
        else if (!Follows(call)) return Answer(call, AccountOutcome.Gap);
        var reply = Apply(call);
        // The state is at hand, and what every account keeps is copied from one generation of the collector to the next.
        last = reply with { State = null };
        if (call.Releases) (last, state) = (reply, default);
        return reply;
    }

    private AccountReply Again(AccountCall call, AccountReply reply) =>
        reply.Outcome == AccountOutcome.Taken && call.WantsState && !call.Releases ? reply with { State = StateBehind(reply.Results, reply.Position) } : reply;

    private void Receive(AccountCall call, ReadOnlyMemory<byte> given)
    {
        model = modelOf(call.Model);
        state = AccountState.Of(given.ToArray());
        (epoch, lease) = (call.Epoch, call.Lease);
    }

    private bool Follows(AccountCall call) =>
        !state.IsNone && (Planted == PlantedFault.GapNotSeen || (epoch == call.Epoch && lease == call.Lease && AccountActor.Position(state) == call.Previous));

    private AccountReply Apply(AccountCall call)
    {
        List<AccountResult> results = [];
        try
        {
            var rest = call.Records.Span;
            foreach (var position in call.Positions)
            {
                var record = new Record(rest);
                rest = rest[record.Length..];
                changes.Clear();
                var effects = AccountActor.Apply(model!, ref state, record, position, call.Day, changes);
                if (effects == AccountEffects.None && changes.Count == 0) continue;
                results.Add(new AccountResult(position, effects, effects == AccountEffects.None ? null : Copy(), Written()));
            }
        }
        catch (Exception)
        {
            // Whatever it is: the partition applies the same records to the same state, breaks in the same way, and tells it.
            state = default;
            return Answer(call, AccountOutcome.Broken);
        }

        return Answer(call, AccountOutcome.Taken, results, call.WantsState ? StateBehind(results, call.Position) : null);
    }

    private ReadOnlyMemory<byte>? StateBehind(IReadOnlyList<AccountResult> results, long position) => results is [.., { State: { } last } result] && result.Position == position ? last : Copy();

    private ReadOnlyMemory<byte>? Copy() => state.Bytes.ToArray();

    private ReadOnlyMemory<byte>[] Written()
    {
        var written = new ReadOnlyMemory<byte>[changes.Count];
        for (var i = 0; i < written.Length; i++) written[i] = changes.BytesOf(i).ToArray();
        return written;
    }

    private AccountReply Answer(AccountCall call, AccountOutcome outcome, IReadOnlyList<AccountResult>? results = null, ReadOnlyMemory<byte>? stateWanted = null) => new()
    {
        Number = call.Number,
        Outcome = outcome,
        Position = state.IsNone ? 0 : AccountActor.Position(state),
        NextDueDay = state.IsNone ? int.MaxValue : AccountActor.NextDueDay(state),
        Results = results ?? [],
        State = stateWanted,
    };
}
