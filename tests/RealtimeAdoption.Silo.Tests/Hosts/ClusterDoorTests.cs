using System.Text;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Storage;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Memory;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class ClusterDoorTests
{
    [Fact]
    public async Task What_was_looked_up_is_not_appended_by_a_silo_that_was_given_up_meanwhile_and_what_names_its_account_is()
    {
        await using var journal = new LocalSharedJournal(new MemoryJournal());
        var identity = await journal.OpenAsync(1, default);
        var clock = new HandClock(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var isMember = true;
        // As one that was frozen while it waited: what it is asked last is whether it is still a member.
        using var door = new ClusterDoor(journal, identity, new ModelWish(SampleModel.Text, 0, ""), clock, 64 << 20) { IsMember = () => isMember };
        using var first = Batch("m1", RecordFlags.LookedUp, identity);
        Assert.Equal(IntakeStatus.Done, (await door.AppendAsync(first)).Status);

        isMember = false;
        using var lookedUp = Batch("m2", RecordFlags.LookedUp, identity);
        using var named = Batch("m3", RecordFlags.None, identity);
        var answers = (LookedUp: door.AppendAsync(lookedUp).AsTask(), Named: door.AppendAsync(named).AsTask());
        Assert.Equal(IntakeStatus.Unavailable, (await answers.LookedUp).Status);
        Assert.Contains("still part of the cluster", (await answers.LookedUp).Reason, StringComparison.Ordinal);
        Assert.Equal(IntakeStatus.Done, (await answers.Named).Status);

        isMember = true;
        Assert.Equal(IntakeStatus.Done, (await door.AppendAsync(lookedUp)).Status);
        Assert.Equal(["m1", "m3", "m2"], await UsageAsync(journal));
    }

    private static IntakeBatch Batch(string messageId, RecordFlags flags, StoreIdentity identity)
    {
        var batch = new IntakeBatch(identity.Partitions);
        var offset = batch.Records.Length;
        batch.Records.Begin(new RecordDraft
        {
            Kind = RecordKind.Usage,
            Flags = flags,
            Account = "acme"u8,
            User = "dana"u8,
            Name = "Contact Created"u8,
            Source = "sdk"u8,
            MessageId = Encoding.UTF8.GetBytes(messageId),
            IdSeed = identity.IdSeed,
        });
        batch.End(offset);
        return batch;
    }

    private static async Task<List<string>> UsageAsync(LocalSharedJournal journal)
    {
        var found = new List<string>();
        await foreach (var segment in journal.ReadAsync(0, 0, long.MaxValue, default))
        {
            for (var (at, bytes) = (0, segment.Records); at < bytes.Length;)
            {
                var record = new Record(bytes.Span[at..]);
                if (record.Kind == RecordKind.Usage) found.Add(Encoding.UTF8.GetString(record.MessageId));
                at += record.Length;
            }
        }

        return found;
    }
}
