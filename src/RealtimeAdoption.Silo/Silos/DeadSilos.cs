using Orleans.Runtime;

namespace RealtimeAdoption.Silo.Silos;

/// <summary>
/// Since when each dead silo has been seen as dead here. One that was cut off takes itself for a member for a while after the others have declared it dead, and files events by the users that it knew: until then it is not gone. Thread-safe.
/// </summary>
/// <param name="lingers">For so long a silo is sure of its membership (<see cref="Membership.MemberWatch"/>).</param>
public sealed class DeadSilos(TimeSpan lingers)
{
    private readonly Lock gate = new();
    private readonly Dictionary<SiloAddress, long> goneAtMs = [];
    private readonly HashSet<SiloAddress> stopped = [];
    private MembershipVersion looked = MembershipVersion.MinValue;

    /// <summary>Some times a second: the later a death is seen, the longer it is waited for.</summary>
    /// <param name="members">As this silo has them now.</param>
    /// <param name="nowMs">Of the process.</param>
    public void Look(ClusterMembershipSnapshot members, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(members);
        lock (gate)
        {
            if (members.Version == looked) return;
            looked = members.Version;
            // The table forgets its dead after a day or so.
            foreach (var silo in goneAtMs.Keys.Where(silo => !members.Members.ContainsKey(silo)).ToList()) goneAtMs.Remove(silo);
            stopped.RemoveWhere(silo => !members.Members.ContainsKey(silo));
            foreach (var (silo, member) in members.Members)
            {
                // Who stops in order takes nothing more.
                if (member.Status is SiloStatus.ShuttingDown or SiloStatus.Stopping) stopped.Add(silo);
                if (member.Status == SiloStatus.Dead) goneAtMs.TryAdd(silo, stopped.Contains(silo) ? nowMs : nowMs + (long)lingers.TotalMilliseconds);
            }
        }
    }

    /// <summary>Those that may not have heard of their death.</summary>
    public IReadOnlyList<SiloAddress> Lingering(long nowMs)
    {
        lock (gate) return [.. goneAtMs.Where(silo => silo.Value > nowMs).Select(silo => silo.Key)];
    }

    /// <summary>How long a dead silo is to be waited for; nothing: it is gone.</summary>
    public TimeSpan Left(SiloAddress silo, long nowMs)
    {
        lock (gate) return TimeSpan.FromMilliseconds(Math.Max(0, goneAtMs.GetValueOrDefault(silo) - nowMs));
    }
}
