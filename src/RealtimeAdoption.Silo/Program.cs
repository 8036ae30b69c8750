using RealtimeAdoption.Silo;

if (args is ["--help"] or ["-h"] or ["-?"])
{
    Console.WriteLine(
        """
        Realtime Adoption, a silo of a cluster: the same doors, API and board as RealtimeAdoption.Server, on as many machines as there are silos.
        Options come from appsettings.json and the environment, and as --Name=value: Urls, Storage:Kind, Storage:ConnectionString, Model:Path,
        Auth:WriteKeys:0, Cluster:Address, Cluster:SiloPort, ... docs/options.md lists all of them, docs/cluster.md tells how a cluster is run.
        """);
    return 0;
}

return await SiloApplication.RunAsync(args);
