using System.Globalization;
using System.Text.Json;

namespace RealtimeAdoption.Server.Demo;

/// <summary>Writes one customer's history as the items of Segment batches. A function of customer, seed and end: message ids and instants too.</summary>
public sealed class History
{
    private const int NpsAnswersInTen = 3;

    private readonly Customer customer;
    private readonly DateTimeOffset end;
    private readonly DateTimeOffset firstDay;
    private readonly string idPrefix;
    private readonly Dice dice;
    private readonly List<(ProductUse Use, IReadOnlyList<Person> People, double[] Owed)> uses;
    private int number;

    /// <param name="customer">Whose.</param>
    /// <param name="seed">Part of the message ids.</param>
    /// <param name="end">A full hour; nothing is dated at it or later.</param>
    public History(Customer customer, int seed, DateTimeOffset end)
    {
        this.customer = customer;
        this.end = end;
        firstDay = new DateTimeOffset(end.UtcDateTime.Date, TimeSpan.Zero).AddDays(-CustomerBase.HistoryDays);
        idPrefix = $"demo-{seed}-{customer.Index}-";
        dice = Dice.For(seed, 4, customer.Index);
        // Counts carry over from day to day, so that a month holds what its level says to within one.
        uses = [.. customer.Uses.Select(use => (use, customer.PeopleOf(use.Product), Owed(use)))];
    }

    /// <summary>Oldest day first; within a day in any order. To be asked for once.</summary>
    public IEnumerable<DemoEvent> Events()
    {
        foreach (var person in customer.People) yield return new DemoEvent(Id(), "identify", person.Name, person, firstDay.AddMinutes(number), null, null, 0);
        foreach (var person in customer.People) yield return new DemoEvent(Id(), "group", customer.Name, person, firstDay.AddMinutes(number), null, null, 0);
        var leaves = customer.Character == Character.Churned ? customer.Uses.Max(u => u.FallsFrom ?? 0) + 12 : int.MaxValue;
        for (var day = 0; day <= CustomerBase.HistoryDays && day < leaves; day++)
        {
            foreach (var made in OfDay(day))
            {
                if (made.At < end) yield return made;
            }
        }
    }

    private IEnumerable<DemoEvent> OfDay(int day)
    {
        var date = firstDay.AddDays(day);
        var weekend = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        foreach (var (use, people, owed) in uses)
        {
            var level = use.LevelOn(day);
            if (level <= 0) continue;
            var product = Catalogue.Of(use.Product);
            var there = customer.Remaining(people, day);
            var pace = level * (weekend ? 0.25 : 1.3) / 30;
            for (var f = 0; f < product.Feeds.Count; f++)
            {
                var feed = product.Feeds[f];
                if (feed.Nightly) yield return Nightly(feed, use.Product, date, (int)(feed.AtLeast * level));
                else foreach (var made in OfFeed(feed, use.Product, there, date, Due(owed, f, pace * PerMonth(feed)))) yield return made;
            }

            foreach (var made in Work(product, there, date, Due(owed, product.Feeds.Count, pace * product.Work.PerMonth))) yield return made;
        }

        if (uses.Count > 0 && day >= customer.Uses.Min(u => u.From))
            yield return Nightly(new Feed("critical_tickets", "Critical Tickets Reported", 0, "open", true), null, date, Critical());
        foreach (var made in Answers(day, date)) yield return made;
    }

    private IEnumerable<DemoEvent> OfFeed(Feed feed, string product, IReadOnlyList<Person> people, DateTimeOffset date, int count)
    {
        for (var i = 0; i < count; i++)
            yield return new DemoEvent(Id(), "track", feed.Event, Somebody(people), During(date), product, feed.Property, feed.Property is null ? 0 : dice.Between(2, 6));
    }

    private IEnumerable<DemoEvent> Work(CatalogueProduct product, IReadOnlyList<Person> people, DateTimeOffset date, int count)
    {
        for (var i = 0; i < count; i++) yield return new DemoEvent(Id(), "track", product.Work.Event, Somebody(people), During(date), product.Id, null, 0);
        if (dice.Chance(0.15)) yield return new DemoEvent(Id(), "page", product.Id, Somebody(people), During(date), product.Id, null, 0);
    }

    private IEnumerable<DemoEvent> Answers(int day, DateTimeOffset date)
    {
        var angry = customer.Character == Character.Slipping && day == CustomerBase.HistoryDays - 2;
        if ((day % 30 != 15 && !angry) || customer.Uses.Count == 0) yield break;
        foreach (var person in customer.Remaining(customer.People, day))
        {
            if (dice.Below(10) >= (angry ? 8 : NpsAnswersInTen)) continue;
            var score = customer.Character switch
            {
                Character.Churned => dice.Between(2, 8),
                Character.Slipping => angry ? dice.Between(0, 5) : dice.Between(8, 10),
                Character.Decaying => dice.Between(6, 10),
                _ => dice.Between(7, 10),
            };
            yield return new DemoEvent(Id(), "track", "NPS Submitted", person, During(date), null, "score", score);
        }
    }

    private DemoEvent Nightly(Feed feed, string? product, DateTimeOffset date, int value) =>
        new(Id(), "track", feed.Event, null, date.AddHours(2).AddSeconds(dice.Below(3600)), product, feed.Property, value);

    private int Critical() => customer.Character is Character.Decaying or Character.Churned ? dice.Between(1, 6) : dice.Chance(0.15) ? 1 : 0;

    private string Id() => idPrefix + number++.ToString(CultureInfo.InvariantCulture);

    /// <summary>A few do most of the work.</summary>
    private Person Somebody(IReadOnlyList<Person> people) => people[(int)(people.Count * Math.Pow(dice.Share(), 1.5))];

    /// <summary>Within office hours, mostly.</summary>
    private DateTimeOffset During(DateTimeOffset date) => date.AddMilliseconds((long)(dice.Between(6.5, 14) + dice.Between(0, 6)) * 3_600_000 + dice.Below(3_600_000));

    /// <summary>Emails are sent by the handful; every other event counts for one.</summary>
    private static double PerMonth(Feed feed) => feed.Property is null ? feed.AtLeast : feed.AtLeast / 4.0;

    private double[] Owed(ProductUse use)
    {
        var owed = new double[Catalogue.Of(use.Product).Feeds.Count + 1];
        for (var i = 0; i < owed.Length; i++) owed[i] = dice.Share();
        return owed;
    }

    private static int Due(double[] owed, int place, double rate)
    {
        owed[place] += rate;
        var due = (int)owed[place];
        owed[place] -= due;
        return due;
    }
}

/// <summary>One message for a Segment door. <paramref name="Property"/> is a number that it carries besides its product.</summary>
public readonly record struct DemoEvent(
    string Id, string Type, string Name, Person? Person, DateTimeOffset? At, string? Product, string? Property, int Value)
{
    public void Write(Utf8JsonWriter json, string account)
    {
        json.WriteStartObject();
        json.WriteString("type", Type);
        json.WriteString("messageId", Id);
        if (At is { } at) json.WriteString("timestamp", at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        if (Person is null) json.WriteString("anonymousId", "nightly-report");
        else json.WriteString("userId", Person.Id);
        switch (Type)
        {
            case "identify":
                WriteContext(json, account);
                json.WriteStartObject("traits");
                json.WriteString("name", Name);
                json.WriteString("email", Person?.Email);
                json.WriteEndObject();
                break;
            case "group":
                json.WriteString("groupId", account);
                json.WriteStartObject("traits");
                json.WriteString("name", Name);
                json.WriteEndObject();
                break;
            default:
                json.WriteString(Type == "page" ? "name" : "event", Name);
                WriteContext(json, account);
                WriteProperties(json);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteContext(Utf8JsonWriter json, string account)
    {
        json.WriteStartObject("context");
        json.WriteString("groupId", account);
        json.WriteEndObject();
    }

    private void WriteProperties(Utf8JsonWriter json)
    {
        json.WriteStartObject("properties");
        if (Product is not null) json.WriteString("product", Product);
        if (Property is not null) json.WriteNumber(Property, Value);
        json.WriteEndObject();
    }
}
