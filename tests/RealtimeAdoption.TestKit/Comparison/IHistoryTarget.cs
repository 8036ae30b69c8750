using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>What a send was answered.</summary>
public enum Answered
{
    Accepted,
    Duplicate,
    Conflict,
    Future,
}

/// <summary>What a step of an activation came to.</summary>
public enum ActivationMove
{
    /// <summary>Nothing: none is under way, or a rebuild that was begun before it must end first.</summary>
    None,

    Advanced,

    /// <summary>The new model is in force for every account.</summary>
    Swapped,
}

/// <summary>All that can be read of an account: its answer, its users, its row in the fleet.</summary>
public sealed record AccountRead(AccountView View, IReadOnlyList<UserView> Users, AccountSummary Row)
{
    /// <summary>The values that do not depend on the order of arrival.</summary>
    public ReferenceAnswer Measured(AdoptionModel model) => ReferenceAnswer.Of(View, Users, Row, model);

    public ReferenceAnswer Shown(AdoptionModel model) => ShownAnswer.Of(View, Row, model);
}

/// <summary>
/// Something that a generated history can be run through: the partition machine, or the core alone. All instants are unix ms and never decrease. One thread.
/// </summary>
public interface IHistoryTarget : IDisposable
{
    /// <summary>The partition's day T.</summary>
    int Day { get; }

    /// <summary>Changes in the order in which they were reported, each once.</summary>
    IReadOnlyList<Change> Changes { get; }

    /// <summary>The batch is durable and applied when it returns.</summary>
    IReadOnlyList<Answered> Send(IReadOnlyList<Send> sends);

    void PassTo(long nowMs);

    /// <summary>False: nothing is marked, or a pass is under way.</summary>
    bool BeginRebuild(long nowMs);

    /// <summary>False: none is under way.</summary>
    bool FinishRebuild(long nowMs);

    /// <summary>The model's record is durable. False: an activation is under way.</summary>
    bool BeginActivation(long nowMs, AdoptionModel next);

    ActivationMove StepActivation(long nowMs);

    void Checkpoint(long nowMs);

    /// <summary>All that is not durable is lost; recovers.</summary>
    void Crash(long nowMs);

    bool IsRebuilding(string account);

    /// <summary>Null: no such account.</summary>
    AccountRead? Read(string account);
}
