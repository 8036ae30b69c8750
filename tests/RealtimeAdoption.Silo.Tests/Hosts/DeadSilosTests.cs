using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using RealtimeAdoption.Silo.Silos;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class DeadSilosTests
{
    private const int LingersMs = 2_000;

    private static readonly SiloAddress One = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 77);
    private static readonly SiloAddress Other = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 2), 77);

    [Fact]
    public void A_silo_lingers_from_when_it_was_seen_dead_and_one_that_stopped_in_order_does_not()
    {
        var dead = new DeadSilos(TimeSpan.FromMilliseconds(LingersMs));
        dead.Look(Members(1, (One, SiloStatus.Active), (Other, SiloStatus.ShuttingDown)), 1_000);
        Assert.Empty(dead.Lingering(1_000));
        dead.Look(Members(2, (One, SiloStatus.Dead), (Other, SiloStatus.Dead)), 5_000);
        // And is not dead anew by being looked at later.
        dead.Look(Members(3, (One, SiloStatus.Dead), (Other, SiloStatus.Dead)), 6_000);
        Assert.Equal([One], dead.Lingering(6_999));
        Assert.Equal((1L, 0L), ((long)dead.Left(One, 6_999).TotalMilliseconds, (long)dead.Left(Other, 6_999).TotalMilliseconds));
        Assert.Empty(dead.Lingering(7_000));
    }

    [Fact]
    public async Task Whoever_tells_all_silos_waits_until_a_dead_one_must_have_found_out_also_where_it_was_dead_before()
    {
        const int lingersMs = 300;
        var (members, dead) = (new Membership(), new DeadSilos(TimeSpan.FromMilliseconds(lingersMs)));
        members.CurrentSnapshot = Members(1, (One, SiloStatus.Dead));
        var began = Stopwatch.GetTimestamp();
        // There are no grains: nobody is called.
        var silos = new AllSilos(null!, members, NullLogger.Instance, dead);
        await silos.CallAsync(_ => throw new InvalidOperationException("A dead silo was called."), () => false);
        // Two clocks, of which one counts in steps of up to 16 ms.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalMilliseconds, lingersMs - 16, 60_000);
        Assert.Empty(dead.Lingering(Environment.TickCount64));
    }

    private static ClusterMembershipSnapshot Members(long version, params (SiloAddress Silo, SiloStatus Status)[] members) =>
        new(members.ToImmutableDictionary(member => member.Silo, member => new ClusterMember(member.Silo, member.Status, "silo")), new MembershipVersion(version));

    private sealed class Membership : IClusterMembershipService
    {
        public ClusterMembershipSnapshot CurrentSnapshot { get; set; } = Members(0);

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }
}
