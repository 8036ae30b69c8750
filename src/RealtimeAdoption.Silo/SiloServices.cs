using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Membership;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Silos;
using RealtimeAdoption.Silo.Streams;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.Web.Board;
using BatchOptions = RealtimeAdoption.Engine.Cluster.ClusterOptions;

namespace RealtimeAdoption.Silo;

/// <summary>The silo among the services of a process: store, house, grains, streams, membership, host.</summary>
public static class SiloServices
{
    private const string Host = "Host";

    /// <summary>What can be set of it.</summary>
    public static IReadOnlyList<OptionSection> Sections { get; } =
    [
        new(SiloOptions.Section, [.. OptionSection.Of<SiloOptions>("").Options, "Owner", "Stream", "Batch"]),
        OptionSection.Of<OwnerOptions>($"{SiloOptions.Section}:Owner"),
        OptionSection.Of<StreamBounds>($"{SiloOptions.Section}:Stream"),
        OptionSection.Of<BatchOptions>($"{SiloOptions.Section}:Batch"),
        new(Host, [.. OptionSection.Of<ClusterHostOptions>("").Options, .. OptionSection.Of<IdOptions>("").Options, "Partition"]),
        OptionSection.Of<PartitionOptions>($"{Host}:Partition"),
    ];

    // A list of alerts or movers is asked of every partition, wherever it is: less often than in one process.
    private static readonly Dictionary<string, string?> BoardPace = new()
    {
        [$"{BoardOptions.Section}:{nameof(BoardOptions.AlertsInterval)}"] = "00:00:02",
        [$"{BoardOptions.Section}:{nameof(BoardOptions.MoversInterval)}"] = "00:00:15",
        [$"{BoardOptions.Section}:{nameof(BoardOptions.ScoresInterval)}"] = "00:00:15",
    };

    /// <param name="builder">Gets the silo.</param>
    /// <param name="storage">Of the data set that all silos share.</param>
    /// <param name="isAlone">There are no others.</param>
    public static void AddSilo(this WebApplicationBuilder builder, StorageOptions storage, bool isAlone)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = BoardPace });
        var services = builder.Services;
        services.AddChecked<SiloOptions>(SiloOptions.Section, options => options.Errors());
        services.AddChecked<OwnerOptions>($"{SiloOptions.Section}:Owner", options => options.Errors());
        services.AddChecked<StreamBounds>($"{SiloOptions.Section}:Stream", options => options.Errors());
        services.AddChecked<BatchOptions>($"{SiloOptions.Section}:Batch", options => options.Errors());
        services.AddChecked<ClusterHostOptions>(Host, options => options.Errors());
        services.AddChecked<IdOptions>(Host, options => options.Errors());
        // As the embedded server has it.
        services.PostConfigure<IdOptions>(options => options.IdScratchPath = options.IdScratchPath.Length > 0 || storage.IsPostgres ? options.IdScratchPath : Path.Combine(storage.Path, "scratch"));
        services.AddChecked<PartitionOptions>($"{Host}:Partition", options => options.Errors());
        services.AddSingleton(provider => new SiloStore(storage, isAlone, Of<SiloOptions>(provider), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IRejections>(provider => storage.IsPostgres
            ? new PostgresRejections(storage, provider.GetRequiredService<ILogger<PostgresRejections>>())
            : new SqliteRejections(storage, provider.GetRequiredService<ILogger<SqliteRejections>>()));
        services.AddSingleton(provider => new ClusterDoor(
            provider.GetRequiredService<SiloStore>().Journal,
            provider.GetRequiredService<SiloStore>().Identity,
            new ModelWish(provider.GetRequiredService<ModelFileText>().Text, 0, ""),
            provider.GetRequiredService<TimeProvider>(),
            Of<ClusterHostOptions>(provider).BytesInFlightMax)
        {
            IsMember = () => isAlone || provider.GetRequiredService<MemberWatch>().IsSure,
        });
        services.AddSingleton(provider => NewHouse(provider, isAlone));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ClusterHost>(provider, Of<ClusterHostOptions>(provider)));
        services.AddSingleton<IScoringHost>(provider => provider.GetRequiredService<ClusterHost>());
        services.AddSingleton<SiloHealth>();
        services.AddSingleton<MemberWatch>();
        builder.UseOrleans(silo => silo.AddCluster(isAlone));
        // After the silo, and so ended before it.
        services.AddHostedService(provider => provider.GetRequiredService<SiloHealth>());
        if (!isAlone) services.AddHostedService(provider => provider.GetRequiredService<MemberWatch>());
    }

    internal static T Of<T>(IServiceProvider provider)
        where T : class => provider.GetRequiredService<IOptions<T>>().Value;

    private static SiloHouse NewHouse(IServiceProvider provider, bool isAlone)
    {
        var store = provider.GetRequiredService<SiloStore>();
        var given = provider.GetRequiredService<ModelFileText>();
        var ids = Of<IdOptions>(provider);
        return new SiloHouse(
            store.Journal, store.Snapshots, store.Identity, given.Text, Compile, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SiloHouse>>())
        {
            Door = provider.GetRequiredService<ClusterDoor>(),
            Cluster = Of<BatchOptions>(provider),
            Partition = Of<PartitionOptions>(provider),
            Owner = Of<OwnerOptions>(provider),
            UnpersistedBytesMax = Of<ClusterHostOptions>(provider).UnpersistedBytesMax,
            Dead = new DeadSilos(Of<SiloOptions>(provider).SureOfMembership),
            IdRoomOf = partition => ids.RoomOf(partition, store.Identity.Partitions),
            // Looked up when it is asked for: it needs grains, which need the house.
            Trouble = () => provider.GetRequiredService<SiloHealth>().Trouble,
            Damage = () => provider.GetRequiredService<SiloHealth>().Damage,
            Behind = () => provider.GetRequiredService<SiloHealth>().Behind,
        };

        CompiledModel Compile(string text) => new(text == given.Text ? given.Model : ModelFileReader.ReadOrThrow(text, "model"));
    }

    private static void AddChecked<T>(this IServiceCollection services, string section, Func<T, IEnumerable<string>> errors)
        where T : class
    {
        services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new Check<T>(section, errors));
    }

    private sealed class Check<T>(string section, Func<T, IEnumerable<string>> errors) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var found = errors(options).Select(error => $"{section}:{error}").ToList();
            return found.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(found);
        }
    }
}
