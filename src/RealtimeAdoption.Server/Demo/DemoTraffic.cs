using System.Globalization;

namespace RealtimeAdoption.Server.Demo;

/// <summary>
/// Keeps the customers alive: some 20 to 80 events a second of everyday use, and every few seconds one account that is pushed over a threshold, buys, drops,
/// signs up or leaves. It steers each account to a number of products that wanders around its own, so that the wall moves for ever and the fleet's averages
/// stay where they are. Use falls off in its own time only: days have to pass for that (<c>Clock:Speed</c>).
/// </summary>
public sealed class DemoTraffic(DemoDoor door, DemoFolder folder, CustomerBase customers, TimeProvider clock)
{
    private const int BeatsPerSecond = 8;
    private const int EventsPerPush = 8;

    /// <summary>The first things that happen, so that somebody who has just started the demo sees what the wall is for.</summary>
    private const int FirstTroubles = 2;

    private readonly Dice dice = Dice.For(folder.Seed, 5, (int)(clock.GetUtcNow().ToUnixTimeSeconds() & int.MaxValue));
    private readonly string idPrefix = string.Create(CultureInfo.InvariantCulture, $"live-{folder.Seed}-{clock.GetUtcNow().ToUnixTimeMilliseconds()}-{Guid.NewGuid():N}-");
    private readonly List<LiveAccount> accounts = [];
    private readonly Queue<(string Account, DemoEvent Event)> pushes = new();
    private readonly List<(LiveAccount Account, string Product)> trials = [];
    private long number;
    private int signUps;
    private int troubles;
    private bool attended;
    private DateOnly day = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await MeetAsync(cancellationToken);
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / BeatsPerSecond));
        var nextAction = 0;
        for (var beats = 0; await beat.WaitForNextTickAsync(cancellationToken); beats++)
        {
            if (beats >= nextAction)
            {
                await ActAsync(cancellationToken);
                nextAction = beats + dice.Between(BeatsPerSecond, 3 * BeatsPerSecond);
            }

            await SendAsync(beats, cancellationToken);
            if (pushes.Count == 0) await BuyAsync(cancellationToken);
            if (Today > day) await ReportNightAsync(cancellationToken);
        }
    }

    /// <summary>Asks for each account, those that signed up in earlier runs too.</summary>
    private async Task MeetAsync(CancellationToken cancellationToken)
    {
        foreach (var customer in customers.Customers)
        {
            if (await door.GetAsync(customer.Id, cancellationToken) is { } answer) accounts.Add(new LiveAccount(customer, answer));
        }

        while (true)
        {
            var customer = customers.SignUp(folder.Accounts + signUps);
            if (await door.GetAsync(customer.Id, cancellationToken) is not { } answer) return;
            accounts.Add(new LiveAccount(customer, answer));
            signUps++;
        }
    }

    private async Task SendAsync(int beats, CancellationToken cancellationToken)
    {
        var wave = 50 + (22 * Math.Sin(beats / 130.0)) + dice.Between(-8, 8);
        var count = (int)Math.Round(wave / BeatsPerSecond);
        var events = new List<(string, DemoEvent)>(count + EventsPerPush);
        for (var i = 0; i < EventsPerPush && pushes.TryDequeue(out var pushed); i++) events.Add(pushed);
        for (var tries = 0; events.Count < count && tries < count * 10; tries++)
        {
            var account = dice.Pick(accounts);
            if (!account.Quiet && !account.Churned && account.InUse.Count > 0) events.Add((account.Customer.Id, EverydayEvent(account)));
        }

        if (events.Count > 0) await door.BatchAsync(events, cancellationToken);
    }

    private DemoEvent EverydayEvent(LiveAccount account)
    {
        var product = Catalogue.Of(dice.Pick(account.InUse));
        var customer = account.Customer;
        var person = dice.Pick(customer.Remaining(customer.PeopleOf(product.Id), CustomerBase.HistoryDays));
        var feeds = product.Feeds.Where(feed => !feed.Nightly).ToList();
        if (feeds.Count == 0 || dice.Chance(0.3)) return Track(product.Work.Event, person, product.Id, null, 0);
        var made = dice.Pick(feeds);
        return Track(made.Event, person, product.Id, made.Property, made.Property is null ? 0 : dice.Between(2, 6));
    }

    /// <summary>One thing that changes where an account stands, or at least may.</summary>
    private async Task ActAsync(CancellationToken cancellationToken)
    {
        var kind = dice.Share();
        if ((troubles < FirstTroubles || kind is >= 0.14 and < 0.22) && await TroubleAsync(cancellationToken)) return;
        if (kind is >= 0.22 and < 0.27 && WinBack()) return;
        if ((!attended || kind is >= 0.27 and < 0.3) && await AttendAsync(cancellationToken)) return;
        if (kind < 0.1 && await SignUpAsync(cancellationToken)) return;
        if (kind is >= 0.1 and < 0.14 && await LeaveOrReturnAsync(cancellationToken)) return;
        for (var tries = 0; tries < 12; tries++)
        {
            var account = dice.Pick(accounts);
            if (account.Churned || account.IsSilent || (account.Quiet && dice.Chance(0.8))) continue;
            if (await door.GetAsync(account.Customer.Id, cancellationToken) is not { } answer) continue;
            account.Refresh(answer);
            if (account.Adopted < account.Want && Raise(account, answer)) return;
            if (account.Adopted > account.Want && account.NextToDrop is { } product)
            {
                account.Drop(product, Today);
                await door.PutAsync(account.Customer, account.Contract, churned: false, cancellationToken);
                return;
            }

            // More up than down: what is lost without anybody's doing, and with those who leave, makes up for it.
            var drift = dice.Share() switch { < 0.25 => -1, < 0.5 => 0, _ => 1 };
            account.Want = Math.Clamp(account.Customer.Target + drift, 1, Catalogue.Products.Count);
            account.Quiet = dice.Chance(0.15);
        }
    }

    private bool Raise(LiveAccount account, AccountAnswer answer)
    {
        account.Quiet = false;
        var product = account.NextToAdopt;
        if (product is null)
        {
            product = account.NextToBuy;
            if (product is null || trials.Exists(trial => trial.Account == account)) return false;
            trials.Add((account, product));
        }

        Push(account, answer.Products.Single(p => p.Id == product));
        return true;
    }

    /// <summary>What was tried with success. Who buys first, and uses it later, has a worse share of products in use until then.</summary>
    private async Task BuyAsync(CancellationToken cancellationToken)
    {
        foreach (var (account, product) in trials)
        {
            account.Buy(product, Today);
            await door.PutAsync(account.Customer, account.Contract, churned: false, cancellationToken);
        }

        trials.Clear();
    }

    /// <summary>What the product's criteria still lack.</summary>
    private void Push(LiveAccount account, AccountAnswer.Product product)
    {
        var people = account.Customer.Remaining(account.Customer.People, CustomerBase.HistoryDays);
        foreach (var criterion in product.Criteria.Where(c => c.Missing > 0))
        {
            var feed = Catalogue.Of(product.Id).Feeds.Single(f => f.Metric == criterion.Metric);
            if (feed.Nightly)
            {
                Queue(account, Track(feed.Event, null, product.Id, feed.Property, feed.AtLeast + dice.Below(feed.AtLeast + 2)));
                continue;
            }

            var each = feed.Property is null ? 1 : 4;
            var count = (int)Math.Ceiling(criterion.Missing / each);
            // For distinct users everybody comes by: who has been there is not in the answer.
            if (feed.Event == Catalogue.PortalVisit) count = people.Count;
            for (var i = 0; i < count; i++) Queue(account, Track(feed.Event, people[i % people.Count], product.Id, feed.Property, each));
        }
    }

    /// <summary>An account that stands just above the edge of a band: its people are asked, and are angry. Worth some points at most, hence the edge.</summary>
    private async Task<bool> TroubleAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            var account = dice.Pick(accounts);
            if (account.Churned || account.IsUpset || account.IsSilent) continue;
            if (await door.GetAsync(account.Customer.Id, cancellationToken) is not { Score: { } score } answer) continue;
            var over = score - (answer.Band switch { "green" => 75, "yellow" => 50, _ => 200 });
            if (over is < -2 or > 3) continue;
            account.IsUpset = true;
            troubles++;
            Survey(account, 0, 3);
            return true;
        }

        // Nobody stands there: no reason to look again with each action.
        troubles++;
        return false;
    }

    private bool WinBack()
    {
        var upset = accounts.Where(account => account.IsUpset && !account.Churned).ToList();
        if (upset.Count == 0) return false;
        var account = dice.Pick(upset);
        account.IsUpset = false;
        Survey(account, 8, 10);
        return true;
    }

    /// <summary>Somebody of the team takes an alert up.</summary>
    private async Task<bool> AttendAsync(CancellationToken cancellationToken)
    {
        var open = await door.OpenAlertsAsync(cancellationToken);
        if (open.Count == 0) return false;
        // The first one where it is seen at once.
        var (id, owner) = open[dice.Below(attended ? open.Count : Math.Min(open.Count, 3))];
        attended = true;
        await door.AcknowledgeAsync(id, owner ?? Names.Owners[0], cancellationToken);
        return true;
    }

    private void Survey(LiveAccount account, int lowest, int highest)
    {
        foreach (var person in account.Customer.Remaining(account.Customer.People, CustomerBase.HistoryDays))
            Queue(account, Track("NPS Submitted", person, null, "score", dice.Between(lowest, highest)));
    }

    private async Task<bool> SignUpAsync(CancellationToken cancellationToken)
    {
        if (signUps >= folder.Accounts / 3) return false;
        var customer = customers.SignUp(folder.Accounts + signUps);
        await door.PutAsync(customer, customer.Contract, churned: false, cancellationToken);
        if (await door.GetAsync(customer.Id, cancellationToken) is not { } answer) return false;
        signUps++;
        var account = new LiveAccount(customer, answer);
        accounts.Add(account);
        foreach (var person in customer.People) Queue(account, new DemoEvent(Id(), "identify", person.Name, person, null, null, null, 0));
        foreach (var person in customer.People) Queue(account, new DemoEvent(Id(), "group", customer.Name, person, null, null, null, 0));
        return Raise(account, answer);
    }

    private async Task<bool> LeaveOrReturnAsync(CancellationToken cancellationToken)
    {
        var gone = accounts.Where(a => a.Churned).ToList();
        var back = gone.Count > accounts.Count / 12;
        var among = back ? gone : [.. accounts.Where(a => a.Quiet && !a.Churned)];
        if (among.Count == 0) return false;
        var account = dice.Pick(among);
        await door.PutAsync(account.Customer, account.Contract, churned: !back, cancellationToken);
        if (await door.GetAsync(account.Customer.Id, cancellationToken) is { } answer) account.Refresh(answer);
        return true;
    }

    /// <summary>The gauges of the night: for whoever still runs campaigns, and open tickets for all.</summary>
    private async Task ReportNightAsync(CancellationToken cancellationToken)
    {
        day = Today;
        var events = new List<(string, DemoEvent)>();
        foreach (var account in accounts.Where(a => !a.Churned))
        {
            events.Add((account.Customer.Id, Track("Critical Tickets Reported", null, null, "open", dice.Chance(0.15) ? 1 : 0)));
            foreach (var product in account.Quiet ? [] : account.InUse)
            {
                foreach (var feed in Catalogue.Of(product).Feeds.Where(f => f.Nightly))
                    events.Add((account.Customer.Id, Track(feed.Event, null, product, feed.Property, feed.AtLeast * 2)));
            }
        }

        foreach (var part in events.Chunk(500)) await door.BatchAsync(part, cancellationToken);
    }

    private void Queue(LiveAccount account, DemoEvent made) => pushes.Enqueue((account.Customer.Id, made));

    /// <summary>No timestamp: the receipt stands.</summary>
    private DemoEvent Track(string name, Person? person, string? product, string? property, int value) =>
        new(Id(), "track", name, person, null, product, property, value);

    private string Id() => idPrefix + (number++).ToString(CultureInfo.InvariantCulture);
}
