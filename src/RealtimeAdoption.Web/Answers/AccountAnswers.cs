using System.Globalization;
using Microsoft.AspNetCore.Http;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Web.Doors;

namespace RealtimeAdoption.Web.Answers;

/// <summary>One account, many accounts, an account's history and users. They reflect everything that was acknowledged before.</summary>
internal static class AccountAnswers
{
    private const string Explain = "explain";
    private const int HistoryChunk = 500;
    private static readonly string[] Sorts = ["account", "name", "products_adopted", "stage_since", "last_activity", "health", "change_7d", "change_1d", "rise_7d", "rise_1d"];
    private static readonly string[] Bands = ["unknown", "red", "yellow", "green"];
    private static readonly string[] Statuses = ["active", "churned"];

    public static readonly QueryField[] AccountFields = [new(Explain, "true: also what is missing to each threshold.", Microsoft.OpenApi.JsonSchemaType.Boolean)];

    public static readonly QueryField[] ListFields =
    [
        new("stage", "Only accounts in this stage (its id)."),
        new("band", "Only accounts in this band: red, yellow, green or unknown. A pinned band counts."),
        new("segment", "Only accounts of this segment (its id, or unknown)."),
        new("owner", "Only accounts of this owner, exactly."),
        new("product", "Only accounts that have adopted this product (its id)."),
        new("status", "active (the default) or churned."),
        new("sort", "account (the default), name, products_adopted (most first), stage_since, last_activity (latest first), health (lowest score first), change_7d, change_1d (largest fall of the score first), rise_7d or rise_1d (largest rise first). Ties are in order of account."),
        QueryField.Cursor,
        QueryField.Limit,
    ];

    public static readonly QueryField[] PageFields = [QueryField.Cursor, QueryField.Limit];

    public static readonly QueryField[] HistoryFields = [new("type", "Only changes of this type, e.g. score_changed."), QueryField.Cursor, QueryField.Limit];

    private static readonly string[] ChangeTypes = [.. Enum.GetValues<ChangeType>().Select(type => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()))];

    public static async Task<IResult> OneAsync(HttpContext context, string account, IScoringHost host, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context, AccountFields);
        var explain = query.Flag(Explain);
        if (query.Problem is { } problem) return problem;
        if (!AccountPath.TryRead(context, out account)) return AccountPath.Unknown(account);
        return await host.AccountAsync(account, explain, cancellationToken) is { } view ? TypedResults.Ok(view) : AccountPath.Unknown(account);
    }

    public static async Task<IResult> ListAsync(HttpContext context, IScoringHost host, CancellationToken cancellationToken)
    {
        var model = host.Model.Definition;
        var fields = new QueryReader(context, ListFields);
        string[] stages = [.. model.Stages.Select(stage => stage.Id)];
        string[] products = [.. model.Products.Select(product => product.Id)];
        string[] segments = [.. model.Segments.Select(segment => segment.Id), AccountSummary.UnknownSegment];
        var query = new AccountQuery
        {
            Stage = fields.OneOf("stage", stages) is { } stage ? stages[stage] : null,
            Segment = fields.OneOf("segment", segments) is { } segment ? segments[segment] : null,
            Owner = fields.Text("owner"),
            Product = fields.OneOf("product", products) is { } product ? products[product] : null,
            Band = (Band?)fields.OneOf("band", Bands),
            Churned = fields.OneOf("status", Statuses) == 1,
            Sort = (AccountSort)(fields.OneOf("sort", Sorts) ?? 0),
            Limit = fields.Number(QueryField.Limit),
        };
        var list = PageCursor.ListOf("accounts", fields.Text("stage"), fields.Text("band"), fields.Text("segment"), query.Owner, fields.Text("product"), query.Churned ? "churned" : "active", Sorts[(int)query.Sort]);
        if (fields.Cursor(list, out var key, out var last) && key is not null && last is not null)
        {
            query = query with { After = new AccountCursor(key, last) };
            if (!new AccountOrder(query.Sort).TryCompare(AnyRow(host.Model), query.After, out _)) fields.Refuse(QueryField.Cursor.Name, PageCursor.Unreadable);
        }

        if (fields.Problem is { } problem) return problem;
        var page = await host.AccountsAsync(query, cancellationToken);
        return TypedResults.Ok(new AccountList(
            [.. page.Rows.Select(row => AccountRow.Of(row))],
            page.Next is { } next ? PageCursor.Write(list, next.Key, next.Account) : null));
    }

    public static async Task<IResult> HistoryAsync(HttpContext context, string account, IScoringHost host, CancellationToken cancellationToken)
    {
        if (!AccountPath.TryRead(context, out account)) return AccountPath.Unknown(account);
        var fields = new QueryReader(context, HistoryFields);
        var limit = fields.Number(QueryField.Limit);
        var type = (ChangeType?)fields.OneOf("type", ChangeTypes);
        var list = PageCursor.ListOf("history", account, fields.Text("type"));
        var before = fields.After(list, long.MaxValue);
        if (fields.Problem is { } problem) return problem;

        // One more than asked for tells whether there is another page.
        if (await HistoryAsync(host, account, type, before, limit + 1, cancellationToken) is not { } changes) return AccountPath.Unknown(account);
        var partition = Partitioning.Of(StableHash.Of(account), host.Identity.Partitions);
        var rows = changes.Take(limit).Select(change => ChangeView.Of(partition, change)).ToList();
        var next = changes.Count > limit ? PageCursor.Write(list, rows[^1].Sequence.ToString(CultureInfo.InvariantCulture), "") : null;
        return TypedResults.Ok(new HistoryList(account, rows, next));
    }

    // An account has some changes a day, so those of one type are found by reading on; the store needs no index by type.
    private static async ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(
        IScoringHost host, string account, ChangeType? type, long before, int limit, CancellationToken cancellationToken)
    {
        if (type is null) return await host.HistoryAsync(account, before, limit, cancellationToken);
        var found = new List<StoredChange>();
        while (found.Count < limit)
        {
            if (await host.HistoryAsync(account, before, HistoryChunk, cancellationToken) is not { } chunk) return null;
            found.AddRange(chunk.Where(change => change.Change.Type == type).Take(limit - found.Count));
            if (chunk.Count < HistoryChunk) break;
            before = chunk[^1].Sequence;
        }

        return found;
    }

    public static async Task<IResult> UsersAsync(HttpContext context, string account, IScoringHost host, CancellationToken cancellationToken)
    {
        if (!AccountPath.TryRead(context, out account)) return AccountPath.Unknown(account);
        var fields = new QueryReader(context, PageFields);
        var limit = fields.Number(QueryField.Limit);
        var list = PageCursor.ListOf("users", account);
        fields.Cursor(list, out _, out var after);
        if (fields.Problem is { } problem) return problem;
        if (await host.UsersAsync(account, cancellationToken) is not { } users) return AccountPath.Unknown(account);
        var rest = users.Where(user => after is null || string.CompareOrdinal(user.User, after) > 0).OrderBy(user => user.User, StringComparer.Ordinal).Take(limit + 1).ToList();
        var more = rest.Count > limit;
        if (more) rest.RemoveAt(limit);
        return TypedResults.Ok(new UserList(account, rest, more ? PageCursor.Write(list, "", rest[^1].User) : null));
    }

    /// <summary>To try a cursor's key before the fleet sees it.</summary>
    private static FleetRow AnyRow(CompiledModel model) => new(
        new AccountSummary
        {
            Model = model,
            Account = "",
            Name = "",
            Segment = -1,
            Churned = false,
            Stage = 0,
            StageSince = DateOnly.MinValue,
            Adopted = 0,
            Entitled = 0,
            Rebuilding = false,
            Position = 0,
        },
        default);
}
