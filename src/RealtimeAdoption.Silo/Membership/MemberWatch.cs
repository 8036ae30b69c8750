using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace RealtimeAdoption.Silo.Membership;

/// <summary>
/// Whether this silo may take itself for a member. One that was frozen, or cut off, may have been declared dead: then nobody waits until it knows a user's new account, and until it finds out, what it looks up may be of before. So it is sure
/// only for as long as the others would need at least to give it up, from when the store of the membership said last that it is active.
/// </summary>
internal sealed class MemberWatch(IClusterMembershipService membership, ILocalSiloDetails local, IOptions<SiloOptions> options) : BackgroundService
{
    private const int LooksWithin = 4;

    private readonly int surelyMs = (int)options.Value.SureOfMembership.TotalMilliseconds;
    private long knownAtMs = long.MinValue / 2;

    public bool IsSure => Environment.TickCount64 - Volatile.Read(ref knownAtMs) < surelyMs;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var asked = Environment.TickCount64;
            try
            {
                await membership.Refresh(default, stoppingToken);
                // The first may have joined a read that was begun before, even before this process was frozen: the second was begun now.
                await membership.Refresh(default, stoppingToken);
                if (membership.CurrentSnapshot.GetSiloStatus(local.SiloAddress) == SiloStatus.Active) Volatile.Write(ref knownAtMs, asked);
            }
            catch (Exception)
            {
                // The store is away, and so nothing is known.
            }

            await Task.Delay(surelyMs / LooksWithin, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
