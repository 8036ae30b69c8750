using System.Globalization;
using System.Text;

namespace RealtimeAdoption.Simulation.Faults;

/// <summary>How often each kind of fault really fired, and in how many runs.</summary>
internal sealed class FaultTally
{
    private readonly long[] fired = new long[Enum.GetValues<FaultKind>().Length];
    private readonly int[] runs = new int[Enum.GetValues<FaultKind>().Length];

    public long this[FaultKind kind] => fired[(int)kind];

    public void Count(FaultKind kind) => fired[(int)kind]++;

    /// <summary>Takes in what one run had.</summary>
    public void AddRun(FaultTally run)
    {
        for (var i = 0; i < fired.Length; i++)
        {
            fired[i] += run.fired[i];
            if (run.fired[i] > 0) runs[i]++;
        }
    }

    /// <summary>Runs in which it fired at least once.</summary>
    public int Runs(FaultKind kind) => runs[(int)kind];

    public override string ToString()
    {
        var text = new StringBuilder($"{"fault",-24}{"fired",9}{"runs",8}\n");
        foreach (var kind in Enum.GetValues<FaultKind>()) text.Append(CultureInfo.InvariantCulture, $"{kind,-24}{fired[(int)kind],9}{runs[(int)kind],8}\n");
        return text.ToString();
    }
}
