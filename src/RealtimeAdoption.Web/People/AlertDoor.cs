using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.People;

/// <summary>
/// POST /v1/alerts/{id}/acknowledge and its like: checked against the alert as it stands, journaled, applied, and answered with the alert as it stands then. Thread-safe.
/// </summary>
public sealed class AlertDoor(PersonRequest request)
{
    internal Task PostAsync(HttpContext context, AlertVerb verb) => request.TakeAsync(context, async action =>
    {
        if (!RawPath.TryRead(context, "/v1/alerts/", "id", RawPath.AlertIdBytesMax, out var id) || !AlertKey.TryParse(id, out var key, out var account)) return Unknown(id);
        if (await request.Host.AccountAsync(account, false, context.RequestAborted) is not { } view || Find(view, key) is not { } alert) return Unknown(id);
        var said = Read(action, verb, key, action.Today(view));
        if (action.Problem(account) is { } problem) return problem;
        if (!Fits(verb, alert, said, out var isDone)) return NotLive(alert);
        if (!isDone && await request.AppendAsync(action, account, (records, parts) => said.Write(records, parts.Draft)) is { } refused) return refused;

        // As it was applied: the alert may have ended since it was looked at.
        var after = await request.Host.AccountAsync(account, false, context.RequestAborted);
        if (after is null || Find(after, key) is not { } now) return Unknown(id);
        return Fits(verb, now, said, out _) ? TypedResults.Ok(AlertRow.Of(after.Account, now)) : NotLive(now);
    });

    private static AlertView? Find(AccountView account, AlertKey key) => account.Alerts?.FirstOrDefault(alert => alert.Type == key.Type && alert.Subject == key.Subject);

    private static AlertAction Read(PersonAction action, AlertVerb verb, AlertKey key, DateOnly today)
    {
        var fields = action.Fields;
        var said = new AlertAction { Verb = verb, Key = key, By = fields.Text("by", PersonFields.NameBytesMax, isNeeded: true) ?? "" };
        switch (verb)
        {
            case AlertVerb.Snooze:
                said = said with { Until = fields.Day("until", today, isNeeded: false), UntilWorse = fields.Flag("until_worse") };
                if (!fields.Has("until") && !said.UntilWorse) fields.Refuse("until", "A snooze needs until, a date, or until_worse, true, or both.");
                else if (fields.Has("until") && said.Until is null && !said.UntilWorse && !fields.Errors.Any(error => error.Field == "until"))
                    fields.Refuse("until", "A snooze needs a date here, or until_worse, true.");
                break;
            case AlertVerb.Assign:
                said = said with { Assignee = fields.Text("assignee", PersonFields.NameBytesMax, isNeeded: false) };
                if (fields.IsEmptyText("assignee")) fields.Refuse("assignee", "is empty: name whom to assign it to, or send null for the account's owner again.");
                if (!fields.Has("assignee")) fields.Refuse("assignee", "is needed: whom to assign it to; null: the account's owner again.");
                break;
        }

        return said;
    }

    /// <summary>Whether the action can be done, or (<paramref name="isDone"/>) has been: sent again it has no effect and the same answer.</summary>
    private static bool Fits(AlertVerb verb, AlertView alert, AlertAction said, out bool isDone)
    {
        isDone = verb switch
        {
            AlertVerb.Acknowledge => alert.State == AlertState.Acknowledged,
            AlertVerb.Resolve => alert.State == AlertState.Resolved && alert.Resolution == AlertResolution.ByPerson && alert.ResolvedBy == said.By,
            _ => false,
        };
        return isDone || alert.State != AlertState.Resolved;
    }

    private static ProblemResult Unknown(string id) => new(
        StatusCodes.Status404NotFound,
        "unknown_alert",
        $"There is no alert '{(id.Length > 200 ? string.Concat(id.AsSpan(0, 200), "…") : id)}'. An alert is found by its id, type:subject:account, while it is live and for some weeks after.");

    private static ProblemResult NotLive(AlertView alert) => new(
        StatusCodes.Status409Conflict,
        "alert_not_live",
        $"The alert was resolved on {alert.ResolvedOn:yyyy-MM-dd}: {AlertRow.WordsOf(alert.Resolution, alert.ResolvedBy)}. Nothing was done.");
}
