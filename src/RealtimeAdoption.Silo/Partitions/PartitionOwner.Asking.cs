using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Silo.Users;

namespace RealtimeAdoption.Silo.Partitions;

// What others want to know: looked at after each input, so that no load can keep it from its moment; and what every silo is to know of users.
internal sealed partial class PartitionOwner
{
    private const int TickStepsAtOnce = 2_048;

    private readonly PartitionDirectory users = new();
    private readonly List<IAsked> asked = [];
    private bool isTicking;
    private bool isTelling;

    private interface IAsked
    {
        /// <summary>False: not yet.</summary>
        bool TryAnswer(ClusterPartition cluster);

        void Refuse(Exception reason);
    }

    /// <summary>What the partition has to say when everything that is in the journal now is applied, no tick is in work, and what it takes is at hand.</summary>
    /// <param name="isAtHand">Asked in a turn, some times over; may ask for states to be brought.</param>
    /// <param name="ask">In the same turn.</param>
    public async Task<T> AskAsync<T>(Func<ClusterPartition, bool> isAtHand, Func<Partition, T> ask)
    {
        var head = (await house.Heads.NowAsync())[index];
        await ReadThroughAsync(head);
        return await WhenAsync(cluster => Machine.Applied >= head && !Machine.IsTicking && isAtHand(cluster), ask);
    }

    /// <summary>Some of the partition's users; the silo that asks is told of what comes later.</summary>
    public DirectoryPage UsersFor(string silo, int from, int count)
    {
        silos.Saw(silo);
        return users.Page(index, Machine.Applied, from, count);
    }

    /// <summary>Completes when every silo knows the users that the journal holds up to a position.</summary>
    public async Task UsersToldAsync(long through)
    {
        await ReadThroughAsync(through);
        await WhenAsync(_ => Machine.Applied >= through && users.IsTold(through), _ => true);
    }

    private async Task ReadThroughAsync(long position)
    {
        // What another silo has appended may not be known here yet.
        var known = house.Journal.BeyondAsync(index, position - 1, CancellationToken.None);
        while (Taken < position)
        {
            ThrowIfOver();
            if (known.IsCompleted) await ReadOnAsync();
            else await Task.WhenAny(known, MovedAsync());
        }
    }

    private Task<T> WhenAsync<T>(Func<ClusterPartition, bool> isAtHand, Func<Partition, T> ask)
    {
        ThrowIfOver();
        var one = new Asked<T>(isAtHand, ask);
        asked.Add(one);
        Input(static () => { });
        return one.Answer;
    }

    // In a turn, within an input.
    private void Answer()
    {
        for (var i = 0; i < asked.Count;)
        {
            if (asked[i].TryAnswer(Cluster)) asked.RemoveAt(i);
            else i++;
        }
    }

    // What goes on beside the inputs, once each.
    private void GoOn()
    {
        if (Machine.IsTicking && !isTicking)
        {
            isTicking = true;
            _ = Run(TickOnAsync);
        }

        if (users.HasUntold && !isTelling)
        {
            isTelling = true;
            _ = Run(TellUsersAsync);
        }
    }

    private void Refuse()
    {
        foreach (var one in asked) one.Refuse(Over(failure!));
        asked.Clear();
    }

    private void Load(Output output)
    {
        if (output is DirectoryLearned learned) users.Load(learned.User, learned.Account);
        else Tell(output);
    }

    // In slices, between other turns.
    private async Task TickOnAsync()
    {
        while (failure is null && Machine.IsTicking)
        {
            Input(() => Machine.ContinueTick(TickStepsAtOnce));
            await Task.Yield();
        }

        isTicking = false;
    }

    private async Task TellUsersAsync()
    {
        while (failure is null && users.HasUntold)
        {
            var through = Machine.Applied;
            var news = new DirectoryNews(index, through, users.BeginTelling());
            await silos.CallAsync(silo => silo.Learn(news), () => failure is not null);
            users.Told(through);
            Input(static () => { });
        }

        isTelling = false;
    }

    private sealed class Asked<T>(Func<ClusterPartition, bool> isAtHand, Func<Partition, T> ask) : IAsked
    {
        private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Answer => answer.Task;

        public bool TryAnswer(ClusterPartition cluster)
        {
            if (!isAtHand(cluster)) return false;
            try
            {
                answer.SetResult(ask(cluster.Machine));
            }
            catch (Exception error)
            {
                // The question's mistake, and not the partition's.
                answer.SetException(error);
            }

            return true;
        }

        public void Refuse(Exception reason) => answer.TrySetException(reason);
    }
}
