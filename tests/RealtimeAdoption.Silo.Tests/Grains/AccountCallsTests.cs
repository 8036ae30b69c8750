using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Concurrency;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Silos;
using RealtimeAdoption.Storage;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Memory;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Grains;

/// <summary>How a partition's owner calls the accounts of a batch, by accounts that answer when the test wants it.</summary>
public sealed class AccountCallsTests
{
    private const int Accounts = 300;

    // As many calls as an owner has out.
    private const int AtOnce = 128;

    [Fact]
    public async Task Accounts_are_called_some_at_a_time_and_the_next_when_those_have_answered()
    {
        await using var store = await OpenAsync(answerMsMax: 60_000);
        var held = new ConcurrentQueue<(AccountCall Call, TaskCompletionSource<Immutable<AccountReply>> Answer)>();
        var turns = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await using var owner = await InTurn(turns, () => NewOwnerAsync(store.House, call =>
        {
            var answer = new TaskCompletionSource<Immutable<AccountReply>>(TaskCreationOptions.RunContinuationsAsynchronously);
            held.Enqueue((call, answer));
            return answer.Task;
        }));
        var caughtUp = InTurn(turns, () => owner.AskAsync(_ => true, machine => machine.Accounts));
        var called = 0;
        while (called < Accounts)
        {
            var expected = Math.Min(AtOnce, Accounts - called);
            await UntilAsync(() => held.Count >= expected);
            Assert.Equal(expected, held.Count);
            called += expected;
            // Not those of the next group, which may come meanwhile.
            for (var i = 0; i < expected && held.TryDequeue(out var one); i++) one.Answer.SetResult(store.Actor(one.Call.Account).Take(one.Call).AsImmutable());
        }

        Assert.Equal(Accounts, await caughtUp.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Accounts_that_do_not_answer_in_time_are_done_without_and_nothing_of_them_is_missing()
    {
        await using var store = await OpenAsync(answerMsMax: 200);
        var calls = 0;
        var never = new TaskCompletionSource<Immutable<AccountReply>>().Task;
        var turns = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await using var owner = await InTurn(turns, () => NewOwnerAsync(store.House, call => ++calls % 2 == 0 ? never : Task.FromResult(store.Actor(call.Account).Take(call).AsImmutable())));

        var states = await InTurn(turns, () => StatesAsync(owner)).WaitAsync(TimeSpan.FromSeconds(60));

        // The second group was not begun: its silos are most often those that the first one waits for.
        Assert.Equal(AtOnce, calls);
        await using var other = await InTurn(turns, () => NewOwnerAsync(store.House, call => Task.FromResult(store.Actor(call.Account).Take(call).AsImmutable())));
        Assert.Equal(await InTurn(turns, () => StatesAsync(other)), states);
    }

    private static Task<List<byte[]>> StatesAsync(PartitionOwner owner) =>
        owner.AskAsync(cluster => cluster.FlushAll(), machine => Enumerable.Range(0, Accounts).Select(account => machine.Reading(IdOf(account))!).ToList());

    private static string IdOf(int account) => $"account-{account}";

    private static Task<T> InTurn<T>(TaskScheduler turns, Func<Task<T>> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, turns).Unwrap();

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isSo()) await Task.Delay(5, patience.Token);
    }

    // The accounts are there, and what is appended then comes to all of them in one batch.
    private static async Task<PartitionOwner> NewOwnerAsync(SiloHouse house, Func<AccountCall, Task<Immutable<AccountReply>>> callAccount)
    {
        // Nobody is grouped, so no silo is told anything.
        var isFirst = house.Journal.KnownEnd(0) == 0;
        if (isFirst) await AppendAsync(house, 0);
        var owner = new PartitionOwner(house, 0, callAccount, new AllSilos(null!, null!, house.Logger), error => Assert.Fail(error.Message));
        await owner.StartAsync();
        if (isFirst) await AppendAsync(house, 1);
        return owner;
    }

    private static async Task AppendAsync(SiloHouse house, int turn)
    {
        using var batch = new IntakeBatch(1);
        for (var account = 0; account < Accounts; account++)
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, new Send { MessageId = $"m{turn}-{account}", Account = IdOf(account), User = "dana", Name = "Contact Created", ReceivedAtMs = 0 }, house.Identity.IdSeed);
            batch.End(offset);
        }

        Assert.Equal(IntakeStatus.Done, (await house.Door.AppendAsync(batch)).Status);
    }

    private static async Task<Opened> OpenAsync(int answerMsMax)
    {
        var journal = new LocalSharedJournal(new MemoryJournal());
        var identity = await journal.OpenAsync(1, default);
        var clock = new HandClock(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        return new Opened(new SiloHouse(journal, new LocalSnapshots(new MemorySnapshots(), journal), identity, SampleModel.Text, ReadModel, clock, NullLogger<SiloHouse>.Instance)
        {
            Door = new ClusterDoor(journal, identity, new ModelWish(SampleModel.Text, 0, ""), clock, 64 << 20) { IsMember = () => true },
            Owner = new OwnerOptions { AnswerMsMax = answerMsMax, CallsPerSecondMax = 100_000_000 },
            Cluster = new ClusterOptions { CallsMax = 100_000 },
        });

        static CompiledModel ReadModel(string text) => new(ModelFileReader.ReadOrThrow(text, "model.yaml"));
    }

    private sealed class Opened(SiloHouse house) : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, RemoteAccount> actors = new();

        public SiloHouse House => house;

        public RemoteAccount Actor(string account) => actors.GetOrAdd(account, _ => new RemoteAccount(hash => house.ModelOf(hash)!));

        public async ValueTask DisposeAsync()
        {
            house.Door.Dispose();
            house.Dispose();
            await house.Snapshots.DisposeAsync();
            await house.Journal.DisposeAsync();
        }
    }
}
