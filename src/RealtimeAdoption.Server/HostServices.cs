using Microsoft.Extensions.Options;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.Storage.Sqlite;

namespace RealtimeAdoption.Server;

/// <summary>The store and the embedded host among the services. The container disposes them in the right order: the host before its stores.</summary>
public static class HostServices
{
    /// <summary>Section of the embedded host's own options.</summary>
    public const string Section = "Host";

    /// <summary>What can be set of it.</summary>
    public static IReadOnlyList<OptionSection> Sections { get; } =
    [
        OptionSection.Of<EmbeddedOptions>(Section, nameof(EmbeddedOptions.Partitions)),
        OptionSection.Of<PartitionOptions>($"{Section}:{nameof(EmbeddedOptions.Partition)}"),
    ];

    public static IServiceCollection AddScoringHost(this IServiceCollection services, ServerOptions options, ModelFileText? model)
    {
        services.AddOptions<EmbeddedOptions>().BindConfiguration(Section).PostConfigure(host => Settle(host, options)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbeddedOptions>, EmbeddedOptionsCheck>();
        services.AddStore(options.Storage);
        services.AddSingleton(provider => NewHost(provider, model ?? throw new InvalidOperationException("There is no model.")));
        services.AddSingleton<IScoringHost>(provider => provider.GetRequiredService<EmbeddedHost>());
        return services;
    }

    private static void Settle(EmbeddedOptions host, ServerOptions options)
    {
        host.Partitions = options.Partitions;
        if (host.IdScratchPath.Length == 0 && !options.Storage.IsPostgres) host.IdScratchPath = Path.Combine(options.Storage.Path, "scratch");
    }

    private static void AddStore(this IServiceCollection services, StorageOptions storage)
    {
        if (storage.IsPostgres)
        {
            services.AddSingleton<IJournal>(provider => new PostgresJournal(storage, provider.GetRequiredService<ILogger<PostgresJournal>>()));
            services.AddSingleton<ISnapshots>(_ => new PostgresSnapshots(storage));
            services.AddSingleton<IRejections>(provider => new PostgresRejections(storage, provider.GetRequiredService<ILogger<PostgresRejections>>()));
            return;
        }

        services.AddSingleton<IJournal>(_ => new SqliteJournal(storage));
        services.AddSingleton<ISnapshots>(provider => new SqliteSnapshots(storage, provider.GetRequiredService<ILogger<SqliteSnapshots>>()));
        services.AddSingleton<IRejections>(provider => new SqliteRejections(storage, provider.GetRequiredService<ILogger<SqliteRejections>>()));
    }

    private static EmbeddedHost NewHost(IServiceProvider provider, ModelFileText given)
    {
        return new EmbeddedHost(
            provider.GetRequiredService<IOptions<EmbeddedOptions>>().Value,
            provider.GetRequiredService<IJournal>(),
            provider.GetRequiredService<ISnapshots>(),
            provider.GetRequiredService<TimeProvider>(),
            given.Text,
            Compile,
            provider.GetRequiredService<ILogger<EmbeddedHost>>());

        CompiledModel Compile(string text) => new(text == given.Text ? given.Model : ModelFileReader.ReadOrThrow(text, "model"));
    }

    private sealed class EmbeddedOptionsCheck : IValidateOptions<EmbeddedOptions>
    {
        public ValidateOptionsResult Validate(string? name, EmbeddedOptions options)
        {
            var errors = options.Errors();
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors.Select(error => $"{Section}:{error}"));
        }
    }
}
