using System.Net;
using System.Text.Json;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Answers;

/// <summary>20,000 accounts in the real host and store, whose every field follows from their number, so that each page can be foretold.</summary>
public sealed class Fleet20K : IAsyncLifetime
{
    public const int Count = 20_000;
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly RealStore store = new(Noon);
    private RealHost real = null!;

    public RunningServer Server { get; private set; } = null!;

    public static IReadOnlyList<Expected> Accounts { get; } = [.. Enumerable.Range(0, Count).Select(i => new Expected(i))];

    public async ValueTask InitializeAsync()
    {
        real = await store.OpenAsync(64);
        foreach (var chunk in Accounts.Chunk(500))
        {
            var traffic = new Traffic(real.Host);
            foreach (var account in chunk) account.SendTo(traffic);
            await traffic.SendAsync();
        }

        Server = await RunningServer.StartAsync(real.Host, real.Rejections);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await real.DisposeAsync();
        await store.DisposeAsync();
    }

    public sealed class Expected(int number)
    {
        private readonly bool crm = number % 3 == 0;
        private readonly bool analytics = number % 5 == 0;

        public string Id => $"account-{number:00000}";

        /// <summary>With ties, and in another order than the ids.</summary>
        public string Name => $"{(number % 2 == 0 ? "N" : "n")}ame {number * 7919 % 1000:000}";

        public string Segment => (number % 4) switch { 0 => "enterprise", 1 => "mid_market", 2 => "smb", _ => "unknown" };

        public string Owner => $"owner-{number % 7}";

        public string Status => number % 11 == 0 ? "churned" : "active";

        public int Adopted => (crm ? 1 : 0) + (analytics ? 1 : 0);

        public string Stage => ((string[])["not_adopted", "single_product", "multi_product_starter"])[Adopted];

        public string Day => Noon.AddDays(-(number % 6)).ToString("yyyy-MM-dd");

        public bool Has(string product) => product switch { "crm" => crm, "analytics" => analytics, _ => false };

        public void SendTo(Traffic traffic)
        {
            var at = Noon.AddDays(-(number % 6));
            if (Segment == "unknown") traffic.Profile(Id, ("name", Name), ("owner", Owner), ("status", Status));
            else traffic.Profile(Id, ("name", Name), ("owner", Owner), ("status", Status), ("employees", number % 4 == 0 ? 1500 : number % 4 == 1 ? 300 : 20));
            traffic.Track(Id, "Page", user: $"user-{number % 10}", at: at);
            if (crm) traffic.Track(Id, "Contact Created", 25, "ann", at).Track(Id, "Activity Logged", 10, "ann", at);
            if (analytics) traffic.Track(Id, "Report Generated", 3, "bob", at).Track(Id, "Report Viewed", 10, "bob", at);
        }
    }
}

public sealed class FleetAnswerTests(Fleet20K fleet) : IClassFixture<Fleet20K>
{
    private RunningServer Server => fleet.Server;

    public static TheoryData<string> Queries =>
    [
        "", "sort=account", "sort=name", "sort=products_adopted", "sort=stage_since", "sort=last_activity",
        "stage=single_product", "stage=multi_product_starter&sort=name", "segment=enterprise&sort=last_activity", "segment=unknown", "owner=owner-3&sort=products_adopted",
        "product=crm&sort=name", "product=portal", "status=churned", "status=churned&segment=smb&sort=name", "status=active&stage=not_adopted&segment=mid_market&owner=owner-6&sort=stage_since",
        "stage=single_product&product=analytics&segment=smb&owner=owner-2&status=active&sort=last_activity", "owner=nobody", "stage=&segment=&owner=&product=&status=&sort=",
    ];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Pages_of_any_filter_and_order_are_exactly_the_rows_foretold(string query)
    {
        var fields = System.Web.HttpUtility.ParseQueryString(query);
        var expected = Foretell(fields).Select(account => account.Id).ToList();
        foreach (var limit in expected.Count > 5000 ? (int[])[1000, 777] : [1000, 97])
        {
            var rows = await PagesAsync(query, limit);
            Assert.Equal(expected, rows.Select(row => row.GetProperty("account").GetString()));
        }
    }

    [Fact]
    public async Task A_row_has_ids_where_the_core_has_indices()
    {
        foreach (var account in Fleet20K.Accounts.Where((_, i) => i % 997 == 0))
        {
            var rows = await PagesAsync($"owner={account.Owner}&status={account.Status}", 1000);
            var row = rows.Single(row => row.GetProperty("account").GetString() == account.Id);
            var one = await Server.GetAsync($"/v1/accounts/{account.Id}");
            var health = one.GetProperty("health");
            int Alerts(string severity) => one.GetProperty("alerts").EnumerateArray().Count(alert => alert.GetProperty("severity").GetString() == severity);
            var alerts = string.Join(',', ((string[])["urgent", "warning", "notice", "info"]).Select(severity => $"\"{severity}\":{Alerts(severity)}"));
            var adopted = string.Join(',', ((string[])["crm", "analytics"]).Where(account.Has).Select(product => $"\"{product}\""));
            Assert.Equal(
                $$"""{"account":"{{account.Id}}","name":"{{account.Name}}","segment":"{{account.Segment}}","owner":"{{account.Owner}}","status":"{{account.Status}}","stage":"{{account.Stage}}","stage_since":"{{account.Day}}","products_adopted":{{account.Adopted}},"products_available":5,"adoption_rate":{{account.Adopted / 5.0}},"adopted_products":[{{adopted}}],"last_activity_on":"{{account.Day}}","rebuilding":false,"band":{{health.GetProperty("band").GetRawText()}},"score":{{health.GetProperty("score").GetRawText()}},"change_7d":null,"change_1d":null,"arr":null,"alerts":{"""
                + alerts + "}}",
                row.GetRawText());
        }
    }

    [Fact]
    public async Task Accounts_histories_and_users_are_found_all_over_the_fleet()
    {
        foreach (var account in Fleet20K.Accounts.Where((_, i) => i % 499 == 0))
        {
            var one = await Server.GetAsync($"/v1/accounts/{account.Id}");
            Assert.Equal((account.Name, account.Stage, account.Adopted, account.Status),
                (one.GetProperty("name").GetString(), one.GetProperty("stage").GetString(), one.GetProperty("products_adopted").GetInt32(), one.GetProperty("status").GetString()));
            var history = (await Server.GetAsync($"/v1/accounts/{account.Id}/history?limit=1000")).GetProperty("changes").EnumerateArray();
            Assert.Equal(account.Adopted * 2, history.Count(IsOfAdoption));
            var users = (await Server.GetAsync($"/v1/accounts/{account.Id}/users")).GetProperty("users").EnumerateArray().Select(user => user.GetProperty("user").GetString());
            Assert.Equal(1 + (account.Has("crm") ? 1 : 0) + (account.Has("analytics") ? 1 : 0), users.Count());
        }
    }

    [Fact]
    public async Task The_feed_gives_every_change_once_and_those_of_an_account_in_order()
    {
        var last = new Dictionary<string, long>();
        var ids = new HashSet<string>();
        var adoptions = 0;
        string? cursor = null;
        while (true)
        {
            var page = await Server.GetAsync($"/v1/changes?limit=1000&after={cursor}");
            cursor = page.GetProperty("cursor").GetString();
            if (page.GetProperty("changes").GetArrayLength() == 0) break;
            foreach (var change in page.GetProperty("changes").EnumerateArray())
            {
                var account = change.GetProperty("account").GetString()!;
                var sequence = change.GetProperty("sequence").GetInt64();
                Assert.True(ids.Add(change.GetProperty("id").GetString()!));
                if (IsOfAdoption(change)) adoptions++;
                Assert.True(sequence > last.GetValueOrDefault(account));
                last[account] = sequence;
            }
        }

        Assert.Equal(Fleet20K.Accounts.Sum(account => account.Adopted * 2), adoptions);
    }

    private static bool IsOfAdoption(JsonElement change) => change.GetProperty("type").GetString() is "product_adopted" or "stage_changed";

    private static IEnumerable<Fleet20K.Expected> Foretell(System.Collections.Specialized.NameValueCollection fields)
    {
        string? Field(string name) => string.IsNullOrEmpty(fields[name]) ? null : fields[name];
        var rows = Fleet20K.Accounts.Where(account =>
            (Field("stage") ?? account.Stage) == account.Stage
            && (Field("segment") ?? account.Segment) == account.Segment
            && (Field("owner") ?? account.Owner) == account.Owner
            && (Field("product") is not { } product || account.Has(product))
            && (Field("status") ?? "active") == account.Status);
        return Field("sort") switch
        {
            "name" => rows.OrderBy(account => account.Name.ToUpperInvariant(), StringComparer.Ordinal).ThenBy(account => account.Id, StringComparer.Ordinal),
            "products_adopted" => rows.OrderByDescending(account => account.Adopted).ThenBy(account => account.Id, StringComparer.Ordinal),
            "stage_since" or "last_activity" => rows.OrderByDescending(account => account.Day, StringComparer.Ordinal).ThenBy(account => account.Id, StringComparer.Ordinal),
            _ => rows.OrderBy(account => account.Id, StringComparer.Ordinal),
        };
    }

    private async Task<List<JsonElement>> PagesAsync(string query, int limit)
    {
        var rows = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Server.GetAsync($"/v1/accounts?{query}&limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            var accounts = page.GetProperty("accounts");
            Assert.InRange(accounts.GetArrayLength(), 0, limit);
            rows.AddRange(accounts.EnumerateArray());
            cursor = page.GetProperty("next_cursor").GetString();
            Assert.True(cursor is null || accounts.GetArrayLength() == limit);
        }
        while (cursor is not null);
        return rows;
    }
}

public sealed class PagingTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly PartitionsInMemory host = new(new SettableClock(Noon));
    private RunningServer server = null!;

    public async ValueTask InitializeAsync() => server = await RunningServer.StartAsync(host);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        host.Dispose();
    }

    [Fact]
    public async Task Rows_that_move_between_two_pages_neither_double_nor_hide_others()
    {
        var accounts = Enumerable.Range(0, 300).Select(i => $"a-{i:000}").ToList();
        var traffic = new Traffic(host);
        foreach (var account in accounts) traffic.Track(account, "Page");
        foreach (var account in accounts.Take(100)) traffic.AdoptCrm(account);
        await traffic.SendAsync();

        var seen = new List<string>();
        string? cursor = null;
        var moved = new HashSet<string>();
        do
        {
            var page = await server.GetAsync($"/v1/accounts?sort=products_adopted&limit=20{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page.GetProperty("accounts").EnumerateArray().Select(row => row.GetProperty("account").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();

            // One that was seen and one that was not rise to the front.
            foreach (var account in (string[])[seen[^1], accounts.Last(account => !seen.Contains(account) && !moved.Contains(account))])
            {
                if (!moved.Add(account)) continue;
                await new Traffic(host).AdoptCrm(account).AdoptAnalytics(account).SendAsync();
            }
        }
        while (cursor is not null && seen.Count < 280);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        var still = accounts.Except(moved).Where(account => string.CompareOrdinal(account, seen[^1]) <= 0 || seen.Contains(account)).ToList();
        Assert.Equal([], still.Except(seen));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&type=stage_changed")]
    public async Task A_long_history_comes_in_pages_newest_first(string filter)
    {
        var traffic = new Traffic(host).AdoptCrm("acme");
        for (var i = 0; i < 120; i++) traffic.Contract("acme", i % 2 == 0 ? "[]" : null);
        await traffic.SendAsync();

        var sequences = new List<long>();
        string? cursor = null;
        do
        {
            var page = await server.GetAsync($"/v1/accounts/acme/history?limit=25{filter}{(cursor is null ? "" : $"&cursor={cursor}")}");
            sequences.AddRange(page.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("sequence").GetInt64()));
            cursor = page.GetProperty("next_cursor").GetString();
            if (sequences.Count == 25) await new Traffic(host).Contract("acme", "[]").SendAsync();
        }
        while (cursor is not null);

        if (filter.Length == 0) Assert.Equal(Enumerable.Range(1, (int)sequences[0]).Select(sequence => (long)sequence).Reverse(), sequences);
        else Assert.Equal(121, sequences.Count);
        Assert.Equal(sequences.Distinct().OrderDescending(), sequences);
    }

    [Fact]
    public async Task Many_users_come_in_pages_by_their_id()
    {
        var traffic = new Traffic(host);
        for (var i = 0; i < 2500; i++) traffic.Track("acme", "Contact Created", user: $"user-{i:0000}");
        await traffic.SendAsync();

        var users = new List<string>();
        string? cursor = null;
        do
        {
            var page = await server.GetAsync($"/v1/accounts/acme/users?limit=999{(cursor is null ? "" : $"&cursor={cursor}")}");
            users.AddRange(page.GetProperty("users").EnumerateArray().Select(user => user.GetProperty("user").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 2500).Select(i => $"user-{i:0000}"), users);
        var first = (await server.GetAsync("/v1/accounts/acme/users?limit=1")).GetProperty("users")[0];
        Assert.Equal("""{"user":"user-0000","last_activity_on":"2026-11-02","products":["crm"],"super_adopter":false}""", first.GetRawText());
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_query_only()
    {
        var traffic = new Traffic(host);
        for (var i = 0; i < 5; i++) traffic.Track($"a-{i}", "Page", user: "u1").Track($"a-{i}", "Page", user: "u2").AdoptCrm($"a-{i}");
        await traffic.SendAsync();
        var byName = (await server.GetAsync("/v1/accounts?sort=name&limit=2")).GetProperty("next_cursor").GetString();
        var history = (await server.GetAsync("/v1/accounts/a-1/history?limit=1")).GetProperty("next_cursor").GetString();
        var users = (await server.GetAsync("/v1/accounts/a-1/users?limit=1")).GetProperty("next_cursor").GetString();

        foreach (var path in (string[])
        [
            $"/v1/accounts?cursor={byName}", $"/v1/accounts?sort=name&stage=single_product&cursor={byName}", $"/v1/accounts?sort=name&owner=x&cursor={byName}",
            $"/v1/accounts?sort=name&status=churned&cursor={byName}", $"/v1/accounts/a-2/history?cursor={history}", $"/v1/accounts/a-1/users?cursor={history}",
            $"/v1/accounts/a-2/users?cursor={users}", $"/v1/rejections?cursor={byName}",
        ])
        {
            var problem = await server.GetAsync(path, HttpStatusCode.BadRequest);
            Assert.Equal("cursor", problem.GetProperty("errors")[0].GetProperty("field").GetString());
            Assert.Contains("another query", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        // Another page size is the same query.
        Assert.Equal(3, (await server.GetAsync($"/v1/accounts?sort=name&limit=10&cursor={byName}")).GetProperty("accounts").GetArrayLength());
    }
}
