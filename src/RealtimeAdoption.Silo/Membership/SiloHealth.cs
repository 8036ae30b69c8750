using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Membership;

/// <summary>
/// Looks once a second whether this silo is active in the cluster, whether each partition has an owner that gets on with the journal, and whether it has room for more. An owner that moves to another silo is without one for seconds, and that makes no silo unready:
/// doors go on, and a load balancer that took all silos out at once would make an outage of it. For the same reason what is damaged in the store makes none unready.
/// </summary>
internal sealed class SiloHealth(
    SiloStore store, SiloHouse house, IOptions<SiloOptions> options, IGrainFactory grains, IClusterMembershipService membership, ILocalSiloDetails local, IHostApplicationLifetime lifetime) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A second or so of a busy partition's work: fewer come and go all the time.
    private const long BehindTold = 100_000;

    private volatile string? unowned;
    private volatile string? damaged;
    private volatile string? behind;

    // What a partition has answered: its place, or why it has no owner.
    private readonly record struct Answer(PartitionPlace? Place, string? Damage);

    /// <summary>A sentence for the operator; null: there is none.</summary>
    public string? Trouble
    {
        get
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested) return "The silo is stopping.";
            var members = membership.CurrentSnapshot.Members.Values;
            var mine = membership.CurrentSnapshot.GetSiloStatus(local.SiloAddress);
            return mine == SiloStatus.Active ? unowned : $"The silo is {mine} in the cluster, which has {members.Count(member => member.Status == SiloStatus.Active)} active silos.";
        }
    }

    /// <summary>What is damaged, in a sentence; null: nothing is.</summary>
    public string? Damage => damaged;

    /// <summary>How far the partitions are behind the journal, in a sentence; null: not worth a word.</summary>
    public string? Behind => behind;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var partitions = store.Identity.Partitions;
        var watch = new OwnerWatch(partitions, Environment.TickCount64);
        using var timer = new PeriodicTimer(Every);
        while (await TickAsync(timer, stoppingToken))
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, partitions).Select(partition => AskAsync(partition, stoppingToken)));
            var now = Environment.TickCount64;
            for (var i = 0; i < partitions; i++)
            {
                if (answers[i].Damage is { } reason) watch.Damaged(i, reason);
                watch.Look(i, answers[i].Place?.Applied ?? -1, store.Journal.KnownEnd(i), now);
            }

            damaged = watch.Damage;
            behind = BehindOf(watch);
            var isTooFar = watch.Behind().Records > options.Value.BehindRecordsMax;
            house.HearRefusal(answers.Select(answer => answer.Place?.Refusal).FirstOrDefault(reason => reason is not null) ?? (isTooFar ? $"{behind} The most is {options.Value.BehindRecordsMax} ({SiloOptions.Section}:{nameof(SiloOptions.BehindRecordsMax)})." : null));
            var (worst, seconds) = watch.Worst(now);
            unowned = seconds < options.Value.UnownedSecondsMax ? null : $"Partition {worst} has had no owner that gets on with the journal for {seconds} s.";
        }
    }

    private static string? BehindOf(OwnerWatch watch)
    {
        var (records, most, ofMost) = watch.Behind();
        return records < BehindTold ? null : string.Create(CultureInfo.InvariantCulture, $"{records} records are in the journal and not applied yet, {ofMost} of them in partition {most}.");
    }

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Answer> AskAsync(int partition, CancellationToken stop)
    {
        try
        {
            return new Answer(await grains.GetGrain<IPartitionGrain>(partition).Place().WaitAsync(Patience, stop), null);
        }
        catch (Exception error)
        {
            return new Answer(null, error is JournalDamagedException ? error.Message : null);
        }
    }
}
