using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Answers;

/// <summary>The alerts of all accounts, singly or with storms as groups. They reflect everything that was acknowledged before.</summary>
internal static class AlertAnswers
{
    private const string Live = "live";
    private static readonly string[] States = [Live, .. Names<AlertState>()];
    private static readonly string[] Types = [.. Enum.GetValues<AlertType>().Select(AlertKey.NameOf)];
    private static readonly string[] Causes = Names<CauseKind>();
    private static readonly string[] Sorts = Names<AlertSort>();

    public static readonly QueryField[] Fields =
    [
        new("state", "live (the default: all but resolved), open, acknowledged, snoozed or resolved (not long ago)."),
        new("type", "Only alerts of this type, e.g. health_slip."),
        new("severity", "Only alerts of this severity: urgent, warning, notice or info."),
        new("owner", "Only alerts of this owner, exactly: whom one was assigned to, else the account's owner."),
        new("account", "Only alerts of this account."),
        new("product", "Only alerts about this product (its id)."),
        new("opened_on", "Only alerts opened on this day, e.g. 2026-11-20."),
        new("opened_by", "Only alerts opened by this kind of cause: event, tick, profile, rebuild, model or person."),
        new("group", "storms: many alerts of one type, day and kind of cause are told as one group in 'storms' and left out of 'alerts'."),
        new("sort", "severity (the default: most severe first, then newest), attention (as severity, but open ones first), opened (newest first) or arr (greatest contract value first)."),
        QueryField.Cursor,
        QueryField.Limit,
    ];

    public static async Task<IResult> ListAsync(HttpContext context, IScoringHost host, CancellationToken cancellationToken)
    {
        var fields = new QueryReader(context, Fields);
        var products = host.Model.Definition.Products.Select(product => product.Id).ToArray();
        var state = fields.OneOf("state", States) ?? 0;
        var severity = fields.OneOf("severity", Severities.Names);
        var query = new AlertQuery
        {
            State = state == 0 ? null : (AlertState)state,
            Type = (AlertType?)fields.OneOf("type", Types),
            Severity = (AlertSeverity?)severity,
            Owner = fields.Text("owner"),
            Account = fields.Text("account"),
            Product = fields.OneOf("product", products) is { } product ? products[product] : null,
            OpenedOn = Day(fields, "opened_on"),
            OpenedBy = (CauseKind?)fields.OneOf("opened_by", Causes),
            GroupStorms = fields.OneOf("group", ["storms"]) is not null,
            Sort = (AlertSort)(fields.OneOf("sort", Sorts) ?? 0),
            Limit = fields.Number(QueryField.Limit),
        };
        var list = PageCursor.ListOf(
            "alerts", States[state], fields.Text("type"), fields.Text("severity"), query.Owner, query.Account, query.Product, fields.Text("opened_on"), fields.Text("opened_by"),
            query.GroupStorms ? "storms" : null, Sorts[(int)query.Sort]);
        if (fields.Cursor(list, out var key, out var last) && key is not null && last is not null)
        {
            query = query with { After = new AlertCursor(key, last) };
            if (!AlertOrder.IsCursor(query.After)) fields.Refuse(QueryField.Cursor.Name, PageCursor.Unreadable);
        }

        if (fields.Problem is { } problem) return problem;
        var page = await host.AlertsAsync(query, cancellationToken);
        return TypedResults.Ok(new AlertList(
            [.. page.Rows.Select(FleetAlertRow.Of)],
            query.GroupStorms ? [.. page.Storms.Select(StormRow.Of)] : null,
            page.Next is { } next ? PageCursor.Write(list, next.Key, next.Id) : null));
    }

    private static DateOnly? Day(QueryReader fields, string field)
    {
        if (fields.Text(field) is not { } text) return null;
        if (InstantText.TryDate(Encoding.UTF8.GetBytes(text), out var day)) return Days.ToDate(day);
        fields.Refuse(field, "Give a date, such as 2026-11-20.");
        return null;
    }

    // AlertState begins at 1, with 'live' in the place of 0.
    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => value.ToString()!.ToLower(CultureInfo.InvariantCulture))];
}
