using System.Text;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Storage;
using RealtimeAdoption.TestKit;
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
        var clock = new WritingClock();
        using var door = new ClusterDoor(journal, identity, new ModelWish(SampleModel.Text, 0, ""), clock, 64 << 20) { IsMember = () => clock.IsMember };
        using var first = Batch("m1", "acme", RecordFlags.LookedUp, identity);
        Assert.Equal(IntakeStatus.Done, (await door.AppendAsync(first)).Status);

        clock.WhenWriting = false;
        using var lookedUp = Batch("m2", "acme", RecordFlags.LookedUp, identity);
        Assert.True(clock.IsMember);
        var refused = await door.AppendAsync(lookedUp);
        Assert.Equal(IntakeStatus.Unavailable, refused.Status);
        Assert.Contains("still part of the cluster", refused.Reason, StringComparison.Ordinal);
        using var named = Batch("m3", "acme", RecordFlags.None, identity);
        Assert.Equal(IntakeStatus.Done, (await door.AppendAsync(named)).Status);
        // That a user is of no account was looked up, too.
        using var foundNone = Batch("m4", "", RecordFlags.None, identity);
        Assert.Equal(IntakeStatus.Unavailable, (await door.AppendAsync(foundNone)).Status);

        clock.WhenWriting = true;
        Assert.Equal(IntakeStatus.Done, (await door.AppendAsync(lookedUp)).Status);
        Assert.Equal(["m1", "m3", "m2"], await UsageAsync(journal));
    }

    // Asked for the time by the door while it holds the journal's ends: a silo that was frozen while it waited for them finds out then.
    private sealed class WritingClock : TimeProvider
    {
        public bool IsMember { get; private set; } = true;

        public bool WhenWriting { get; set; } = true;

        public override DateTimeOffset GetUtcNow()
        {
            IsMember = WhenWriting;
            return System.GetUtcNow();
        }
    }

    private static IntakeBatch Batch(string messageId, string account, RecordFlags flags, StoreIdentity identity)
    {
        var batch = new IntakeBatch(identity.Partitions);
        var offset = batch.Records.Length;
        batch.Records.Begin(new RecordDraft
        {
            Kind = RecordKind.Usage,
            Flags = flags,
            Account = Encoding.UTF8.GetBytes(account),
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
