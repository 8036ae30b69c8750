using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>The whole partition machine on an in-memory store. A batch's sends are in flight together: they are committed, then applied, at its end.</summary>
/// <param name="model">The first one.</param>
/// <param name="options">Null: the defaults.</param>
/// <param name="compile">Models that are activated later; null: as they are.</param>
public sealed class MachineTarget(CompiledModel model, PartitionOptions? options = null, Func<AdoptionModel, CompiledModel>? compile = null) : IHistoryTarget
{
    private readonly List<Change> changes = [];
    private readonly Dictionary<string, CompiledModel> others = new(StringComparer.Ordinal);
    private PartitionDriver? driver;

    // A pass that waits: of a rebuild, or of an activation.
    private bool held;
    private bool activationHeld;

    public int Day => driver!.Partition.Day;

    public IReadOnlyList<Change> Changes
    {
        get
        {
            if (driver is not null)
                for (var i = changes.Count; i < driver.Changes.Count; i++) changes.Add(driver.Changes[i].Change);
            return changes;
        }
    }

    public IReadOnlyList<Answered> Send(IReadOnlyList<Send> sends)
    {
        var answers = new List<Answered>();
        foreach (var send in sends)
        {
            var outcome = Opened(send.ReceivedAtMs).Append(send);
            answers.Add(outcome switch
            {
                IntakeOutcome.Accepted => Answered.Accepted,
                IntakeOutcome.Duplicate => Answered.Duplicate,
                IntakeOutcome.Conflict => Answered.Conflict,
                IntakeOutcome.TimestampInFuture => Answered.Future,
                _ => throw new InvalidOperationException($"{outcome} is no outcome."),
            });
        }

        if (!driver!.Commit()) throw new InvalidOperationException("The commit failed.");
        ThrowFaults();
        return answers;
    }

    public void PassTo(long nowMs)
    {
        Opened(nowMs).AdvanceTo(nowMs);
        driver!.Commit();
    }

    public bool BeginRebuild(long nowMs)
    {
        PassTo(nowMs);
        if (held || !driver!.Rebuild()) return false;
        return held = true;
    }

    public bool FinishRebuild(long nowMs)
    {
        PassTo(nowMs);
        if (!held) return false;
        held = false;
        driver!.FinishRebuild();
        driver.Commit();
        return true;
    }

    public bool BeginActivation(long nowMs, AdoptionModel next)
    {
        ArgumentNullException.ThrowIfNull(next);
        PassTo(nowMs);
        if (driver!.Partition.Activation is not null) return false;
        var text = $"model {others.Count + 1}";
        others[text] = compile?.Invoke(next) ?? new CompiledModel(next);
        driver.Activate(text);
        driver.Commit();
        return true;
    }

    public ActivationMove StepActivation(long nowMs)
    {
        PassTo(nowMs);
        if (activationHeld)
        {
            activationHeld = false;
            driver!.FinishRebuild();
            return ActivationMove.Advanced;
        }

        var step = driver!.StepActivation();
        driver.Commit();
        activationHeld = step == ActivationStep.PassBegun;
        ThrowFaults();
        return step switch { ActivationStep.None => ActivationMove.None, ActivationStep.PassBegun => ActivationMove.Advanced, _ => ActivationMove.Swapped };
    }

    public void Checkpoint(long nowMs)
    {
        PassTo(nowMs);
        driver!.Checkpoint();
    }

    /// <summary>Every third time the checkpoint is left aside and the whole journal replayed.</summary>
    public void Crash(long nowMs)
    {
        Opened(nowMs).Crash(fromScratch: nowMs % 3 == 0);
        (held, activationHeld) = (false, false);
        PassTo(nowMs);
    }

    public bool IsRebuilding(string account) => driver!.View(account)?.Rebuilding == true;

    public AccountRead? Read(string account)
    {
        var view = driver!.View(account, explain: true);
        if (view is null) return null;
        CheckCounts();
        return new(view, Users(account), Rows().Single(r => r.Account == account));
    }

    public void Dispose() => driver?.Dispose();

    private IEnumerable<AccountSummary> Rows() => driver!.Partition.Rows(new AccountQuery()).Concat(driver.Partition.Rows(new AccountQuery { Churned = true })).Select(row => row.Account);

    // Kept up row by row, they must be what the rows add up to.
    private void CheckCounts()
    {
        var (rows, counts) = (Rows().ToList(), driver!.Counts);
        var living = rows.Where(r => !r.Churned).ToList();
        var isSame = counts.Accounts == living.Count && counts.Churned == rows.Count - living.Count && counts.Rebuilding == living.Count(r => r.Rebuilding)
            && counts.ByStage.Select((n, stage) => n == living.Count(r => r.Stage == stage)).All(same => same)
            && counts.Adopted.Select((n, p) => n == living.Count(r => (r.Adopted & r.Entitled & (1UL << p)) != 0)).All(same => same)
            && counts.Entitled.Select((n, p) => n == living.Count(r => (r.Entitled & (1UL << p)) != 0)).All(same => same);
        if (!isSame) throw new InvalidOperationException($"The fleet's counts are not the sum of its rows: {System.Text.Json.JsonSerializer.Serialize(counts)}");
    }

    private void ThrowFaults()
    {
        if (driver!.Faults.Count > 0) throw new InvalidOperationException($"{driver.Faults[0].Account} stopped: {driver.Faults[0].Reason}", driver.Faults[0].Error);
    }

    private IReadOnlyList<UserView> Users(string account) => driver!.Partition.Users(account) ?? throw new InvalidOperationException($"{account} has a view and no users.");

    private PartitionDriver Opened(long nowMs) => driver ??= new PartitionDriver(model, nowMs, options, others: others) { HoldCommits = true, HoldRebuilds = true };
}
