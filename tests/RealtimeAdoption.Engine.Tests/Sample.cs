using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The sample model, an instant to start at, and short ways to say what a sender sends.</summary>
internal static class Sample
{
    public const long Hour = 3_600_000;
    public const long Day = 24 * Hour;

    /// <summary>2026-11-02 12:00 UTC.</summary>
    public static readonly long Start = new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public static readonly string ModelText = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "saas-suite.yaml"));

    public static readonly CompiledModel Model = new(ModelFileReader.ReadOrThrow(ModelText, "saas-suite.yaml"));

    public static PartitionDriver Driver() => new(Model, Start);

    public static Send Event(string id, long at, string name = "Contact Created", string account = "acme", long? timestamp = null) =>
        new() { MessageId = id, Account = account, User = "u1", Name = name, ReceivedAtMs = at, TimestampMs = timestamp };

    /// <summary>Enough to adopt crm at once: 25 contacts and 10 activities.</summary>
    public static Send[] Crm(string prefix, long at, string account = "acme", long? timestamp = null, bool import = false) =>
    [
        .. Enumerable.Range(0, 25).Select(i => Event($"{prefix}-c{i}", at, "Contact Created", account, timestamp) with { Import = import }),
        .. Enumerable.Range(0, 10).Select(i => Event($"{prefix}-a{i}", at, "Activity Logged", account, timestamp) with { Import = import }),
    ];

    public static Send Group(string id, long at, string user, string account, RecordKind kind) =>
        new() { Kind = kind, MessageId = id, Account = account, User = user, ReceivedAtMs = at };

    public static decimal? Contacts(this PartitionDriver driver, string account = "acme") =>
        driver.View(account)!.Products[0].Criteria[0].Value;
}
