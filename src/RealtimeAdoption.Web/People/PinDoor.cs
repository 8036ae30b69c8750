using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.People;

/// <param name="Account">Whose.</param>
/// <param name="Kind">What is pinned, or was.</param>
/// <param name="Value">What is shown now: the pinned band or stage, or the measured one.</param>
/// <param name="Override">Null: nothing is pinned.</param>
public sealed record PinAnswer(string Account, OverrideKind Kind, string Value, OverrideView? Override);

/// <summary>PUT and DELETE /v1/accounts/{account}/override/{band|stage}: a person says what an account's band or stage is, until a day. Thread-safe.</summary>
public sealed class PinDoor(PersonRequest request)
{
    private static readonly string[] Bands = ["red", "yellow", "green"];

    internal Task PutAsync(HttpContext context, OverrideKind kind) => TakeAsync(context, kind, (action, view) => new PinRequest
    {
        Kind = kind,
        Value = Value(action.Fields, kind),
        By = action.Fields.Text("by", PersonFields.NameBytesMax, isNeeded: true) ?? "",
        Reason = action.Fields.Text("reason", PersonFields.ReasonBytesMax, isNeeded: true) ?? "",
        Until = action.Fields.Day("until", action.Today(view), isNeeded: true),
    });

    internal Task DeleteAsync(HttpContext context, OverrideKind kind) => TakeAsync(context, kind, (action, _) => new PinRequest
    {
        Kind = kind,
        Value = null,
        By = action.Fields.Text("by", PersonFields.NameBytesMax, isNeeded: true) ?? "",
        Reason = action.Fields.Text("reason", PersonFields.ReasonBytesMax, isNeeded: false) ?? "",
    });

    private Task TakeAsync(HttpContext context, OverrideKind kind, Func<PersonAction, AccountView, PinRequest> read) => request.TakeAsync(context, async action =>
    {
        if (!AccountPath.TryRead(context, out var account) || await request.Host.AccountAsync(account, false, context.RequestAborted) is not { } view)
            return AccountPath.Unknown(account);
        if (kind == OverrideKind.Band && view.Health is null)
            return new ProblemResult(StatusCodes.Status409Conflict, "no_health", "The model in force has no health score, so there is no band to pin.");
        var pin = read(action, view);
        if (action.Problem(account) is { } problem) return problem;
        if (!Holds(pin, PinOf(view, kind)) && await request.AppendAsync(action, account, (records, parts) => pin.Write(records, parts.Draft)) is { } refused) return refused;
        var after = await request.Host.AccountAsync(account, false, context.RequestAborted) ?? view;
        return TypedResults.Ok(new PinAnswer(account, kind, kind == OverrideKind.Stage ? after.Stage : BandOf(after), PinOf(after, kind)));
    });

    private string? Value(PersonFields fields, OverrideKind kind)
    {
        var values = kind == OverrideKind.Band ? Bands : [.. request.Host.Model.Definition.Stages.Select(stage => stage.Id)];
        var value = fields.Text("value", PersonFields.NameBytesMax, isNeeded: true);
        if (value is null || values.Contains(value)) return value;
        fields.Refuse("value", $"must be one of {string.Join(", ", values)}.");
        return null;
    }

    private static string BandOf(AccountView view) => (view.Health?.Band ?? Band.Unknown).ToString().ToLowerInvariant();

    private static OverrideView? PinOf(AccountView view, OverrideKind kind) => kind == OverrideKind.Band ? view.Health?.Override : view.StageOverride;

    // Nothing to take away; setting a pin is always recorded, with who did it when.
    private static bool Holds(PinRequest pin, OverrideView? now) => pin.Value is null && now is null;
}
