using System.Text.Json;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Tests.Grains;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class PatienceTests
{
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    // As an owner refuses that is over.
    private static readonly InvalidOperationException Over = new("Partition 3 is not this grain's any more.");

    public static TheoryData<Exception> Mistakes =>
    [
        new ArgumentOutOfRangeException("limit"), new FormatException("no cursor"), new JsonException("no query"), new NotSupportedException("no such sort"),
        new JournalDamagedException("a segment"), new SnapshotDamagedException("a state"),
    ];

    [Fact]
    public async Task An_owner_that_is_over_is_asked_again_until_the_next_one_answers()
    {
        var asked = 0;
        Assert.Equal(3, await Patience.AskAsync(() => ++asked < 3 ? Task.FromException<int>(Over) : Task.FromResult(asked), Long, default));
    }

    [Fact]
    public async Task A_partition_that_goes_from_owner_to_owner_for_too_long_is_unavailable_and_no_failure_of_the_program()
    {
        var error = await Assert.ThrowsAsync<HostUnavailableException>(() => Patience.AskAsync(() => Task.FromException<int>(Over), Most, default));
        Assert.Same(Over, error.InnerException);
    }

    [Fact]
    public async Task What_never_answers_is_given_up_in_good_time()
    {
        var never = new TaskCompletionSource<int>();
        await Assert.ThrowsAsync<HostUnavailableException>(() => Patience.AskAsync(() => never.Task, Most, default));
    }

    [Fact]
    public async Task A_store_that_fails_for_too_long_is_told_as_such() =>
        await Assert.ThrowsAsync<SnapshotException>(() => Patience.AskAsync(() => Task.FromException<int>(new SnapshotException("away")), Most, default));

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_told_at_once(Exception mistake)
    {
        var asked = 0;
        var error = await Record.ExceptionAsync(() => Patience.AskAsync(
            () =>
            {
                asked++;
                return Task.FromException<int>(mistake);
            },
            Long,
            default));
        Assert.Same(mistake, error);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_mistake_is_known_as_one_from_wherever_a_partition_is()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 2);
        await Task.WhenAll(Enumerable.Range(0, GrainCluster.Partitions).Select(index =>
            Assert.ThrowsAnyAsync<JsonException>(() => Patience.AskAsync(() => cluster.Partition(index).Accounts("no query"u8.ToArray()), Long, default).WaitAsync(Long / 2))));
    }
}
