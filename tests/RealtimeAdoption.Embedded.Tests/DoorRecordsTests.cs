using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>A journal that doors of a cluster have appended to, taken over by this host.</summary>
public sealed class DoorRecordsTests
{
    [Fact]
    public async Task What_doors_appended_twice_counts_once_is_known_to_senders_and_is_verified_running_and_stopped()
    {
        await using var rig = Rig.InMemory();
        var identity = await rig.Journal.OpenAsync(rig.Options.Partitions, default);
        var crm = Rig.Crm("acme", Rig.Start);
        await AppendAsync(rig, identity.IdSeed, [.. crm, .. crm, crm[0] with { Name = "Activity Logged" }]);
        await rig.StartAsync();

        Assert.Equal(25m, await rig.ContactsAsync("acme"));
        Assert.Equal(crm.Length, rig.Host.ReadFleet().Counts.Events);
        Assert.Equal([IntakeOutcome.Duplicate, IntakeOutcome.Accepted], await rig.SendAsync(crm[0], Rig.Event("new", "acme", "Contact Created", Rig.Start)));
        var running = await rig.Host.Verify(null, default).Verification!.WaitAsync(Rig.Patience);
        Assert.Equal([], running.Differences);
        Assert.True(running.IsSame);
        await rig.StopAsync();

        var report = await StoppedStore.VerifyAsync(
            new PartitionOptions(), rig.Journal, rig.Snapshots, text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "model")), NullLogger.Instance, null, default);
        Assert.True(report.IsSame);
        Assert.Equal(1, report.Accounts);
        await rig.StartAsync();
        Assert.Equal(26m, await rig.ContactsAsync("acme"));
    }

    private static async Task AppendAsync(Rig rig, ulong idSeed, IReadOnlyList<Send> sends)
    {
        using var buffer = new RecordBuffer();
        SendDraft.Write(buffer, sends[0], idSeed);
        var partition = Partitioning.Of(new Record(buffer.Written), rig.Options.Partitions);
        using var writer = new DoorWriter(partition, new ModelWish(SampleModel.Text, 0, ""));
        writer.Begin(default, Rig.Start);
        foreach (var send in sends)
        {
            buffer.Clear();
            SendDraft.Write(buffer, send, idSeed);
            Assert.Equal(IntakeOutcome.Accepted, writer.Append(buffer.Written));
        }

        await rig.Journal.CommitAsync([writer.Segment], default);
    }
}
