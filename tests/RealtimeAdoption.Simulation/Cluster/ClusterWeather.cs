using System.Globalization;
using System.Text;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>Which faults a run has, and how often; some kinds do not occur in it at all.</summary>
internal sealed class ClusterWeather
{
    private readonly Dice dice;
    private readonly double[] chances = new double[Enum.GetValues<ClusterFault>().Length];
    private readonly ClusterTally tally;
    private bool hasCeased;

    public ClusterWeather(Dice dice, ClusterTally tally)
    {
        (this.dice, this.tally) = (dice, tally);
        var strength = dice.Of(0.3, 1, 1, 2);
        foreach (var kind in Enum.GetValues<ClusterFault>())
            if (dice.Chance(0.7)) chances[(int)kind] = Math.Min(0.5, ChanceOf(kind) * strength);
    }

    /// <summary>From here on nothing goes wrong any more.</summary>
    public void Cease() => hasCeased = true;

    public bool Fires(ClusterFault kind)
    {
        if (hasCeased || !dice.Chance(chances[(int)kind])) return false;
        tally.Count(kind);
        return true;
    }

    private static double ChanceOf(ClusterFault kind) => kind switch
    {
        ClusterFault.OwnerCrashed or ClusterFault.OwnerZombie => 0.01,
        ClusterFault.ModelChanged => 0.004,
        ClusterFault.OwnAppendUnknown or ClusterFault.HistoryFailed => 0.2,
        ClusterFault.CheckpointFailed => 0.2,
        ClusterFault.DaysPass => 0.02,
        ClusterFault.Read => 0.05,
        ClusterFault.ActivationLost => 0.03,
        _ => 0.06,
    };
}

/// <summary>How often each kind fired, and in how many runs.</summary>
internal sealed class ClusterTally
{
    private readonly long[] fired = new long[Enum.GetValues<ClusterFault>().Length];
    private readonly int[] runs = new int[Enum.GetValues<ClusterFault>().Length];

    public void Count(ClusterFault kind) => fired[(int)kind]++;

    public int Runs(ClusterFault kind) => runs[(int)kind];

    public void AddRun(ClusterTally run)
    {
        for (var i = 0; i < fired.Length; i++)
        {
            fired[i] += run.fired[i];
            if (run.fired[i] > 0) runs[i]++;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder($"{"fault",-24}{"fired",9}{"runs",8}\n");
        foreach (var kind in Enum.GetValues<ClusterFault>()) text.Append(CultureInfo.InvariantCulture, $"{kind,-24}{fired[(int)kind],9}{runs[(int)kind],8}\n");
        return text.ToString();
    }
}
