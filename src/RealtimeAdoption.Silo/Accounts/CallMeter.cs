using System.Diagnostics.Metrics;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>How many calls this silo's partitions make of account grains, and with how many records: how well calls are shared. Thread-safe.</summary>
public sealed class CallMeter : IDisposable
{
    /// <summary>Of the meter, for whoever listens in or beside the process.</summary>
    public const string Name = "RealtimeAdoption.Silo";

    private readonly Meter meter = new(Name);
    private long calls;
    private long records;

    public CallMeter()
    {
        meter.CreateObservableCounter("adoption.account.calls", () => Calls, "{call}", "Calls of account grains by this silo's partitions.");
        meter.CreateObservableCounter("adoption.account.call.records", () => Records, "{record}", "Records in calls of account grains by this silo's partitions.");
    }

    public long Calls => Volatile.Read(ref calls);

    public long Records => Volatile.Read(ref records);

    public void Count(int moreCalls, int moreRecords)
    {
        Interlocked.Add(ref calls, moreCalls);
        Interlocked.Add(ref records, moreRecords);
    }

    public void Dispose() => meter.Dispose();
}
