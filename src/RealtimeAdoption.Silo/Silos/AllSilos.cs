using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace RealtimeAdoption.Silo.Silos;

/// <summary>Calls every silo of the cluster, as one grain knows it. One turn at a time.</summary>
/// <param name="grains">Of the silo.</param>
/// <param name="membership">Of the silo.</param>
/// <param name="logger">Says whom a call waits for.</param>
/// <param name="dead">Silos that are waited for although they are dead; null: none is.</param>
internal sealed class AllSilos(IGrainFactory grains, IClusterMembershipService membership, ILogger logger, DeadSilos? dead = null)
{
    private const int AnswerSecondsMax = 5;
    private const int PauseMs = 50;

    // Those that have asked, which the membership here may not tell of yet.
    private readonly HashSet<SiloAddress> seen = [];

    public void Saw(string silo) => seen.Add(SiloAddress.FromParsableString(silo));

    /// <summary>Completes when each silo that serves has answered. One that does not answer is called until it does, or the others have declared it dead and it must have found out.</summary>
    public async Task CallAsync(Func<ISiloGrain, Task> call, Func<bool> isOver)
    {
        var members = membership.CurrentSnapshot.Members.Where(member => member.Value.Status == SiloStatus.Active).Select(member => member.Key);
        await Task.WhenAll(seen.Union(members).Union(Lingering()).ToList().Select(silo => CallAsync(silo, call, isOver)));
    }

    private async Task CallAsync(SiloAddress silo, Func<ISiloGrain, Task> call, Func<bool> isOver)
    {
        for (var tries = 0; !isOver(); tries++)
        {
            try
            {
                if (await IsGoneAsync(silo))
                {
                    seen.Remove(silo);
                    return;
                }

                if (StatusOf(silo) == SiloStatus.Dead)
                {
                    await Task.Delay(Left(silo));
                    continue;
                }

                await GrainAt(silo, call).WaitAsync(TimeSpan.FromSeconds(AnswerSecondsMax));
                return;
            }
            catch (Exception error)
            {
                if (tries == 0) logger.LogDebug("Silo {Silo} has not answered, and is called again: {Reason}", silo, error.Message);
                await Task.Delay(PauseMs);
            }
        }
    }

    // One that is not among the members has not been heard of yet, or was long dead and is forgotten: the membership's own store knows which.
    private async Task<bool> IsGoneAsync(SiloAddress silo)
    {
        if (StatusOf(silo) == SiloStatus.None) await membership.Refresh(default, CancellationToken.None);
        return StatusOf(silo) is SiloStatus.None or SiloStatus.ShuttingDown or SiloStatus.Stopping || (StatusOf(silo) == SiloStatus.Dead && Left(silo) <= TimeSpan.Zero);
    }

    private IReadOnlyList<SiloAddress> Lingering()
    {
        dead?.Look(membership.CurrentSnapshot, Environment.TickCount64);
        return dead?.Lingering(Environment.TickCount64) ?? [];
    }

    private TimeSpan Left(SiloAddress silo)
    {
        dead?.Look(membership.CurrentSnapshot, Environment.TickCount64);
        return dead?.Left(silo, Environment.TickCount64) ?? TimeSpan.Zero;
    }

    private SiloStatus StatusOf(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo);

    private Task GrainAt(SiloAddress silo, Func<ISiloGrain, Task> call)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            return call(grains.GetGrain<ISiloGrain>(silo.ToParsableString()));
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }
}
