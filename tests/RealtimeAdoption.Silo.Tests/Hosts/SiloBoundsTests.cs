using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Runtime;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Storage;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>Numbers of a silo that must fit other numbers.</summary>
public sealed class SiloBoundsTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(24)]
    [InlineData(100)]
    public async Task Checkpoints_take_half_of_the_connections_that_they_share_with_answers_at_most(int connections)
    {
        var storage = new StorageOptions { Kind = "postgres", ConnectionString = "Host=localhost;Database=none", Schema = "adoption" };
        await using var store = new SiloStore(storage, isAlone: false, new SiloOptions { ConnectionsMax = connections }, NullLoggerFactory.Instance);
        Assert.InRange(SiloHouse.CheckpointsAtOnce, 1, store.SnapshotConnections / 2);
        Assert.InRange(SiloHouse.CheckpointsAtOnce + SiloHouse.LastCheckpointsAtOnce, 1, store.SnapshotConnections - 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(600)]
    public void The_checkpoint_of_a_hand_over_is_given_up_before_whoever_asked_for_it_is(int stopSeconds)
    {
        var options = new SiloOptions { StopSecondsMax = stopSeconds };
        Assert.InRange(options.HandOverPatience, TimeSpan.FromSeconds(0.5), new SiloMessagingOptions().ResponseTimeout - TimeSpan.FromSeconds(5));
        Assert.True(options.HandOverPatience <= options.CheckpointPatience);
    }

    [Fact]
    public void A_silo_whose_address_begins_anew_again_and_again_waits_longer_for_partitions_each_time()
    {
        var least = TimeSpan.FromSeconds(15);
        var (address, other) = (new IPEndPoint(IPAddress.Loopback, 11_111), new IPEndPoint(IPAddress.Loopback, 11_112));
        var known = new List<SiloAddress> { SiloAddress.New(other, 5), SiloAddress.New(other, 900) };
        var waits = new List<double>();
        for (var life = 0; life < 8; life++)
        {
            var silo = SiloAddress.New(address, 1_000 + (25 * life));
            known.Add(silo);
            waits.Add(MovePatience.Of(silo, known, least) / least);
        }

        // One restart is nothing unusual.
        Assert.Equal([1, 1, 2, 4, 8, 16, 32, 32], waits);
        Assert.Equal(least, MovePatience.Of(SiloAddress.New(other, 901), known, least));
        // What was ten minutes ago is forgiven.
        Assert.Equal(least, MovePatience.Of(SiloAddress.New(address, 2_000), known, least));
        Assert.Equal(TimeSpan.Zero, MovePatience.Of(SiloAddress.New(address, 1_200), known, TimeSpan.Zero));
    }

    [Fact]
    public void A_silos_generation_is_the_second_in_which_it_began()
    {
        var (first, began) = (SiloAddress.AllocateNewGeneration(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        // Whatever it counts from: that is the same tomorrow.
        Assert.InRange(began - first, DateTimeOffset.Parse("2000-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds(), began);
    }
}
