using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Plays a golden history on the reference: this is how the expected side is made, and how it is checked that it still is what the text says.</summary>
public sealed class ReferencePlayer(AdoptionModel model) : IGoldenPlayer
{
    private readonly Acceptance acceptance = new(model.LateDays);
    private readonly SortedDictionary<string, ReferenceReactions> accounts = new(StringComparer.Ordinal);
    private AdoptionModel current = model;
    private (AdoptionModel Model, int Through)? coming;
    private int today = int.MinValue;

    public List<string> Send(Send send)
    {
        ArgumentNullException.ThrowIfNull(send);
        var lines = Pass(send.ReceivedAtMs);
        if (!accounts.TryGetValue(send.Account, out var account))
        {
            accounts[send.Account] = account = new ReferenceReactions(current, send.Account, today);
            if (coming is { } next) account.BeginModel(next.Model, next.Through);
        }

        lines.AddRange(account.Take(acceptance.Judge(send)).Select(change => GoldenLine.Of(send.Account, change)));
        return lines;
    }

    public List<string> Pass(long nowMs)
    {
        var lines = new List<string>();
        if (today == int.MinValue) today = Days.Of(nowMs);
        while (today < Days.Of(nowMs))
        {
            today++;
            foreach (var (id, account) in accounts) lines.AddRange(account.Tick(today).Select(change => GoldenLine.Of(id, change)));
        }

        return lines;
    }

    public List<string> Rebuild(long nowMs)
    {
        var lines = Pass(nowMs);
        foreach (var (id, account) in accounts.Where(a => a.Value.IsMarked))
        {
            account.BeginRebuild(acceptance.All.Count - 1);
            lines.AddRange(account.Swap().Select(change => GoldenLine.Of(id, change)));
        }

        return lines;
    }

    public List<string> BeginModel(long nowMs, AdoptionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var lines = Pass(nowMs);
        coming = (model, acceptance.All.Count - 1);
        acceptance.BeginModel(model.LateDays);
        foreach (var account in accounts.Values) account.BeginModel(model, coming.Value.Through);
        return lines;
    }

    public List<string> SwapModel(long nowMs)
    {
        var lines = Pass(nowMs);
        (current, coming) = (coming!.Value.Model, null);
        acceptance.SwapModel(today);
        foreach (var (id, account) in accounts) lines.AddRange(account.SwapModel().Select(change => GoldenLine.Of(id, change)));
        return lines;
    }

    public string Show(string account)
    {
        var (found, now) = (accounts[account], accounts[account].Now());
        var live = found.Alerts.Readable(current, today).Where(a => a.IsLive).Select(a => (ReferenceAlerts.NameOf(a.Type), a.Subject, a.State, a.Severity, Days.ToDate(a.OpenedOn)));
        return GoldenLine.Shown(account, current.Stages[found.ShownStage].Id, current.Health is null ? null : found.ShownBand, now.Health?.Shown, now.Health?.Coverage, live);
    }
}

/// <summary>Plays a golden history on the partition machine, or whatever the target drives.</summary>
public sealed class TargetPlayer(IHistoryTarget target) : IGoldenPlayer
{
    private int told;

    public List<string> Send(Send send)
    {
        target.Send([send]);
        return Told();
    }

    public List<string> Pass(long nowMs)
    {
        target.PassTo(nowMs);
        return Told();
    }

    public List<string> Rebuild(long nowMs)
    {
        while (target.BeginRebuild(nowMs)) target.FinishRebuild(nowMs);
        return Told();
    }

    public List<string> BeginModel(long nowMs, AdoptionModel model)
    {
        if (!target.BeginActivation(nowMs, model)) throw new InvalidOperationException("An activation is under way.");
        return Told();
    }

    public List<string> SwapModel(long nowMs)
    {
        while (target.StepActivation(nowMs) != ActivationMove.Swapped)
        {
        }

        return Told();
    }

    public string Show(string account)
    {
        var (view, _, _) = target.Read(account) ?? throw new InvalidOperationException($"{account} is not known.");
        var live = (view.Alerts ?? []).Where(a => a.State != AlertState.Resolved).Select(a => (ReferenceAlerts.NameOf(a.Type), a.Subject, a.State, a.Severity, a.OpenedOn));
        return GoldenLine.Shown(account, view.Stage, view.Health?.Band, view.Health?.Score, view.Health?.Coverage, live);
    }

    private List<string> Told()
    {
        var lines = target.Changes.Skip(told).Select(GoldenLine.Of).ToList();
        told = target.Changes.Count;
        return lines;
    }
}
