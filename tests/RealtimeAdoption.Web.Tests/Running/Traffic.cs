using System.Text;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Tests.Running;

/// <summary>Puts records straight into a host, as a door would after parsing. Message ids count up, so nothing is a duplicate.</summary>
public sealed class Traffic(IScoringHost host)
{
    private static long number;
    private readonly List<Action<IntakeBatch>> records = [];

    /// <summary>Usage events; at: null means the receipt.</summary>
    public Traffic Track(string account, string name, int times = 1, string? user = null, DateTimeOffset? at = null, string? product = null, decimal? value = null, string valueName = "value")
    {
        for (var i = 0; i < times; i++)
        {
            records.Add(batch =>
            {
                var offset = Begin(batch, RecordKind.Usage, account, name, user, at);
                if (product is not null) batch.Records.Add(PropertyKind.Text, "product"u8, Utf8(product));
                if (value is { } amount) batch.Records.Add(PropertyKind.Number, Utf8(valueName), Utf8(amount.ToString()));
                batch.End(offset);
            });
        }

        return this;
    }

    /// <summary>Some profile fields by name; numbers as numbers.</summary>
    public Traffic Profile(string account, params (string Name, object Value)[] fields)
    {
        records.Add(batch =>
        {
            var offset = Begin(batch, RecordKind.Traits, account);
            foreach (var (name, value) in fields)
                batch.Records.Add(value is string ? PropertyKind.Text : PropertyKind.Number, Utf8(name), Utf8(Convert.ToString(value)!));
            batch.End(offset);
        });
        return this;
    }

    /// <summary>A whole profile with this contract (JSON), or with none.</summary>
    public Traffic Contract(string account, string? json)
    {
        records.Add(batch =>
        {
            var offset = Begin(batch, RecordKind.Profile, account);
            if (json is not null) batch.Records.Add(PropertyKind.Json, "contract"u8, Utf8(json));
            batch.End(offset);
        });
        return this;
    }

    /// <summary>Enough for crm in the sample model.</summary>
    public Traffic AdoptCrm(string account, string user = "dana") =>
        Track(account, "Contact Created", 25, user).Track(account, "Activity Logged", 10, user);

    /// <summary>Enough for analytics in the sample model.</summary>
    public Traffic AdoptAnalytics(string account, string user = "dana") =>
        Track(account, "Report Generated", 3, user).Track(account, "Report Viewed", 10, user);

    /// <summary>One append of everything so far; fails unless all of it is accepted.</summary>
    public async Task SendAsync()
    {
        using var batch = new IntakeBatch(host.Identity.Partitions);
        foreach (var record in records) record(batch);
        records.Clear();
        var answer = await host.AppendAsync(batch, CancellationToken.None);
        Assert.Equal(IntakeStatus.Done, answer.Status);
        Assert.All(batch.Outcomes.ToArray(), outcome => Assert.Equal(IntakeOutcome.Accepted, outcome));
    }

    private int Begin(IntakeBatch batch, RecordKind kind, string account, string name = "", string? user = null, DateTimeOffset? at = null)
    {
        var offset = batch.Records.Length;
        batch.Records.Begin(new RecordDraft
        {
            Kind = kind,
            Flags = at is null ? RecordFlags.None : RecordFlags.HasTimestamp,
            TimeMs = at?.ToUnixTimeMilliseconds() ?? 0,
            Account = Utf8(account),
            User = user is null ? [] : Utf8(user),
            Name = Utf8(name),
            Source = "test"u8,
            MessageId = Utf8($"m-{Interlocked.Increment(ref number)}"),
            TimestampText = at is null ? [] : Utf8(at.Value.ToString("O")),
            IdSeed = host.Identity.IdSeed,
        });
        return offset;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
