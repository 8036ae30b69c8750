using System.Net;
using System.Net.Sockets;

namespace RealtimeAdoption.Silo;

/// <summary>One silo among the others. The section <c>Cluster</c> of the configuration.</summary>
public sealed class SiloOptions
{
    public const string Section = "Cluster";

    internal const int StopSecondsGreatest = 600;

    /// <summary>Silos with the same name on the same data are one cluster. 1 to 64 letters, digits, '-' and '_'; default <c>adoption</c>.</summary>
    public string ClusterId { get; set; } = "adoption";

    /// <summary>Names what the cluster has stored of itself (reminders, grain state): never changed while there is data. As <see cref="ClusterId"/>; default <c>adoption</c>.</summary>
    public string ServiceId { get; set; } = "adoption";

    /// <summary>One silo that is its own cluster, for development: Orleans keeps nothing in the database, and no other silo may run on the same data. Default: on SQLite, where it cannot be otherwise.</summary>
    public bool? Alone { get; set; }

    /// <summary>The address at which the other silos reach this one, and the only one on which its silo and gateway ports listen. Default <c>127.0.0.1</c>: silos of one machine alone.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The other silos' way in. 1 to 65,535, default 11,111; 0: one that is free.</summary>
    public int SiloPort { get; set; } = 11_111;

    /// <summary>A way in for Orleans clients of one's own. 0 to 65,535; 0, the default: none, for nothing here needs one.</summary>
    public int GatewayPort { get; set; }

    /// <summary>A folder with Orleans' own scripts for PostgreSQL, run in place of this program's tables; empty, the default: these.</summary>
    public string OrleansScripts { get; set; } = "";

    /// <summary>A silo that has not answered a probe for so long has missed it, in milliseconds. 100 to 60,000, default 1,000.</summary>
    public int ProbeMs { get; set; } = 1_000;

    /// <summary>After so many missed probes in a row a silo is suspected; two that suspect it (one where there is but one other) declare it dead. 1 to 100, default 2.</summary>
    public int ProbesMissed { get; set; } = 2;

    /// <summary>Accounts are given up, the idle ones first, when so much of the machine's (or the container's) memory is used, in percent. 10 to 100, default 80.</summary>
    public int MemoryPercentMax { get; set; } = 80;

    /// <summary>Connections to PostgreSQL that this silo opens at most. 16 to 1,000, default 24: four silos fit into PostgreSQL's default of 100.</summary>
    public int ConnectionsMax { get; set; } = 24;

    /// <summary>How long a stop waits for requests in flight and for the last checkpoints, in seconds. 1 to 600, default 30.</summary>
    public int StopSecondsMax { get; set; } = 30;

    /// <summary>The silo is unready when a partition has had no owner that has caught up with the journal, or gets on with it, for so long, in seconds. 1 to 3,600, default 30.</summary>
    public int UnownedSecondsMax { get; set; } = 30;

    /// <summary>Beyond so many records that are in the journal and not applied no door takes anything more. 100,000 to 1,000,000,000, default 5,000,000.</summary>
    public int BehindRecordsMax { get; set; } = 5_000_000;

    /// <summary>Every option that is out of its range, one sentence each.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Name(nameof(ClusterId), ClusterId);
        Name(nameof(ServiceId), ServiceId);
        if (!IPAddress.TryParse(Address, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            errors.Add($"Address is '{Address}'; it must be an IP address of this machine, e.g. 127.0.0.1 or 10.0.0.7.");
        Range(nameof(SiloPort), SiloPort, 0, 65_535);
        Range(nameof(GatewayPort), GatewayPort, 0, 65_535);
        if (SiloPort != 0 && SiloPort == GatewayPort) errors.Add($"GatewayPort is {GatewayPort}, as SiloPort; they must differ.");
        if (OrleansScripts.Length > 0 && !Directory.Exists(OrleansScripts)) errors.Add($"OrleansScripts: there is no folder {OrleansScripts}.");
        Range(nameof(ProbeMs), ProbeMs, 100, 60_000);
        Range(nameof(ProbesMissed), ProbesMissed, 1, 100);
        Range(nameof(MemoryPercentMax), MemoryPercentMax, 10, 100);
        Range(nameof(ConnectionsMax), ConnectionsMax, 16, 1_000);
        Range(nameof(StopSecondsMax), StopSecondsMax, 1, StopSecondsGreatest);
        Range(nameof(UnownedSecondsMax), UnownedSecondsMax, 1, 3_600);
        Range(nameof(BehindRecordsMax), BehindRecordsMax, 100_000, 1_000_000_000);
        return errors;

        void Range(string name, int value, int least, int greatest)
        {
            if (value < least || value > greatest) errors.Add($"{name} is {value}; it must be {least} to {greatest}.");
        }

        void Name(string name, string value)
        {
            if (value.Length is < 1 or > 64 || !value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
                errors.Add($"{name} is '{value}'; it must be 1 to 64 letters, digits, '-' and '_'.");
        }
    }

    /// <summary>What a partition's last checkpoint may take of the stop; the rest is for giving the partition up.</summary>
    internal TimeSpan CheckpointPatience => TimeSpan.FromSeconds(0.9 * StopSecondsMax);

    /// <summary>What the checkpoint of a partition that is handed over may take: who has asked for it is given up by Orleans after 30 s, and would not know what became of it.</summary>
    internal TimeSpan HandOverPatience => TimeSpan.FromSeconds(Math.Min(25, CheckpointPatience.TotalSeconds));

    /// <summary>A silo takes itself for a member for so long after it was told so: the others need as long at least to give it up.</summary>
    internal TimeSpan SureOfMembership => TimeSpan.FromMilliseconds(ProbeMs * ProbesMissed);

    /// <summary><see cref="SiloPort"/>, or one that nobody has now.</summary>
    internal int FindSiloPort()
    {
        if (SiloPort != 0) return SiloPort;
        using var listener = new TcpListener(IPAddress.Parse(Address), 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
