using System.Globalization;
using System.Text;

namespace RealtimeAdoption.LoadTest;

/// <summary>
/// A finished HTTP request whose message ids, accounts and users are overwritten in place before each sending: making a body costs the generator
/// next to nothing. One owner.
/// </summary>
public sealed class RequestTemplate
{
    private const string Id = "00000000000000";
    private const string Account = "00000000";
    private const string User = "00";

    private static readonly (string Event, string Properties)[] Events =
    [
        ("Contact Created", "\"product\":\"crm\""), ("Activity Logged", "\"product\":\"crm\""), ("Sequence Created", "\"product\":\"sales_engagement\""),
        ("Emails Sent", "\"product\":\"sales_engagement\",\"quantity\":3"), ("Report Generated", "\"product\":\"analytics\""),
        ("Report Viewed", "\"product\":\"analytics\""), ("Support Ticket Filed", "\"product\":\"portal\""),
        ("Lists Reported", "\"product\":\"marketing\",\"contacts\":120"),
    ];

    private readonly byte[] bytes;
    private readonly List<(int Id, int Account, int User)> places = [];
    private readonly AccountChoice choice;
    private readonly Random random;
    private long number;

    /// <param name="eventsPerRequest">1 goes to /v1/track, more to /v1/batch.</param>
    /// <param name="requests">Sent in one go.</param>
    /// <param name="sender">Part of the message ids: another one for each connection and run.</param>
    public RequestTemplate(string host, string writeKey, int eventsPerRequest, int requests, string sender, AccountChoice choice, int seed)
    {
        this.choice = choice;
        random = new Random(seed);
        EventsPerRequest = eventsPerRequest;
        var text = new StringBuilder();
        for (var r = 0; r < requests; r++)
        {
            var body = Body(eventsPerRequest, sender, r * eventsPerRequest);
            text.Append(CultureInfo.InvariantCulture, $"POST {(eventsPerRequest == 1 ? "/v1/track" : "/v1/batch")} HTTP/1.1\r\nHost: {host}\r\n");
            text.Append(CultureInfo.InvariantCulture, $"Authorization: Bearer {writeKey}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        }

        var whole = text.ToString();
        bytes = Encoding.ASCII.GetBytes(whole);
        Find(whole);
    }

    public int EventsPerRequest { get; }

    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>New ids, accounts and users for all events.</summary>
    public void Renew()
    {
        foreach (var (id, account, user) in places)
        {
            Write(id, Id.Length, number++);
            Write(account, Account.Length, choice.Next());
            Write(user, User.Length, random.Next(20));
        }
    }

    private static string Body(int events, string sender, int first)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var items = Enumerable.Range(first, events).Select(i =>
        {
            var (name, properties) = Events[i % Events.Length];
            var type = events == 1 ? "" : "\"type\":\"track\",";
            return $"{{{type}\"event\":\"{name}\",\"userId\":\"user-{User}\",\"messageId\":\"{sender}-{Id}\",\"timestamp\":\"{now}\","
                + $"\"context\":{{\"groupId\":\"account-{Account}\"}},\"properties\":{{{properties}}}}}";
        });
        return events == 1 ? items.Single() : $"{{\"batch\":[{string.Join(',', items)}]}}";
    }

    private void Find(string whole)
    {
        for (var at = whole.IndexOf("\"userId\"", StringComparison.Ordinal); at >= 0; at = whole.IndexOf("\"userId\"", at + 1, StringComparison.Ordinal))
        {
            var id = whole.IndexOf($"-{Id}\"", at, StringComparison.Ordinal) + 1;
            var account = whole.IndexOf($"account-{Account}", at, StringComparison.Ordinal) + "account-".Length;
            places.Add((id, account, at + "\"userId\":\"user-".Length));
        }
    }

    private void Write(int at, int digits, long value)
    {
        for (var i = digits - 1; i >= 0; i--)
        {
            bytes[at + i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
