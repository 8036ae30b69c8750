using System.Globalization;
using System.Text;

namespace RealtimeAdoption.TestKit.Crashes;

/// <summary>
/// Batches of events as a function of a seed and a number: what was sent can be made again to be sent again, and counted without keeping it.
/// Days are whole days since 1970.
/// </summary>
/// <param name="Number">Rising; no two batches share one.</param>
/// <param name="LastDay">No event is dated after this day.</param>
/// <param name="Import">Through the import door.</param>
public readonly record struct TrafficBatch(int Number, int LastDay, bool Import);

/// <summary>Counts of what was sent: by account, kind of event and day.</summary>
public sealed class Traffic(int seed, int accounts, int eventsPerBatch)
{
    public const int Kinds = 7;

    private const int LateFrom = 8;

    /// <summary>Metric in the sample model, event, its number (0: none) and product.</summary>
    private static readonly (string Metric, string Event, string? Property, int Value, string Product)[] Table =
    [
        ("contacts_created", "Contact Created", null, 1, "crm"),
        ("activities_logged", "Activity Logged", null, 1, "crm"),
        ("sequences_created", "Sequence Created", null, 1, "sales_engagement"),
        ("emails_sent", "Emails Sent", "quantity", 3, "sales_engagement"),
        ("reports_generated", "Report Generated", null, 1, "analytics"),
        ("report_views", "Report Viewed", null, 1, "analytics"),
        ("support_tickets", "Support Ticket Filed", null, 1, "portal"),
    ];

    private readonly Dictionary<(int Account, int Kind, int Day), long> sent = [];

    public int Accounts => accounts;

    public int EventsPerBatch => eventsPerBatch;

    public static string Metric(int kind) => Table[kind].Metric;

    public static string AccountId(int account) => string.Create(CultureInfo.InvariantCulture, $"crash-{account:000}");

    /// <summary>Every event of the batch from now on counts.</summary>
    public void Count(TrafficBatch batch)
    {
        foreach (var (account, kind, day, _) in Events(batch))
        {
            sent.TryGetValue((account, kind, day), out var before);
            sent[(account, kind, day)] = before + Table[kind].Value;
        }
    }

    /// <summary>What the answer must say: the counted events dated in the 30 days that end on <paramref name="asOf"/>.</summary>
    public long Expected(int account, int kind, int asOf)
    {
        var sum = 0L;
        for (var day = asOf - 29; day <= asOf; day++) sum += sent.GetValueOrDefault((account, kind, day));
        return sum;
    }

    /// <summary>A Segment batch.</summary>
    public byte[] Body(TrafficBatch batch)
    {
        var text = new StringBuilder(eventsPerBatch * 220);
        text.Append("{\"batch\":[");
        var index = 0;
        foreach (var (account, kind, day, minute) in Events(batch))
        {
            var (_, name, property, value, product) = Table[kind];
            var at = DateTimeOffset.UnixEpoch.AddDays(day).AddMinutes(minute);
            if (index > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{{\"type\":\"track\",\"event\":\"{name}\",\"userId\":\"u{index % 9}\",\"messageId\":\"b{batch.Number}-{index}\",");
            text.Append(CultureInfo.InvariantCulture, $"\"timestamp\":\"{at:yyyy-MM-ddTHH:mm:ssZ}\",\"context\":{{\"groupId\":\"{AccountId(account)}\"}},\"properties\":{{\"product\":\"{product}\"");
            if (property is not null) text.Append(CultureInfo.InvariantCulture, $",\"{property}\":{value}");
            text.Append("}}");
            index++;
        }

        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }

    /// <summary>How many of its events are dated so long ago, by the sample model's <c>late_days</c>, that it is not their ids that tell a repetition but the account's rebuild: those count each time as accepted events, and once in their accounts.</summary>
    public int Late(TrafficBatch batch) => Events(batch).Count(one => batch.LastDay - one.Day >= LateFrom);

    // Mostly of the last days, some late enough to need a rebuild, some of the import door.
    private IEnumerable<(int Account, int Kind, int Day, int Minute)> Events(TrafficBatch batch)
    {
        var random = new Random(HashCode(seed, batch.Number));
        for (var i = 0; i < eventsPerBatch; i++)
        {
            var back = random.Next(100) switch { < 70 => 0, < 97 => random.Next(6), _ => LateFrom + random.Next(15) };
            yield return (random.Next(accounts), random.Next(Kinds), batch.LastDay - back, random.Next(1440));
        }
    }

    // System.HashCode differs from process to process.
    private static int HashCode(int seed, int number) => unchecked((seed * 486187739) + (number * 16777619)) & int.MaxValue;
}
