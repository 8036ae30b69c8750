using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.ModelFile;

namespace RealtimeAdoption.Hosting;

/// <summary>
/// What every server reads before it is anything: arguments, settings, model file; with everything that is wrong with them. Its executable adds a host and a store; the web's parts come last.
/// </summary>
public sealed class ServerStart
{
    // SIGXFSZ, which would end the process.
    private const int FileSizeExceeded = 25;

    private ServerStart(WebApplicationBuilder builder, ServerOptions options, ModelFileText? model, List<string> errors) => (Builder, Options, Model, Errors) = (builder, options, model, errors);

    public WebApplicationBuilder Builder { get; }

    public ServerOptions Options { get; }

    /// <summary>Null: there is none that is valid, and an error says so.</summary>
    public ModelFileText? Model { get; }

    /// <summary>What is wrong so far, a sentence each.</summary>
    public List<string> Errors { get; }

    /// <summary>Reads all of it. Null with errors: it is not even known what was wanted.</summary>
    /// <param name="arguments">Options only.</param>
    /// <param name="sections">Of the executable's host.</param>
    /// <param name="settle">Puts in what the command line implies; null: nothing.</param>
    /// <param name="errors">What is wrong.</param>
    public static ServerStart? Read(string[] arguments, IReadOnlyList<OptionSection> sections, Action<ConfigurationManager>? settle, out List<string> errors)
    {
        errors = StrayWords(arguments);
        if (errors.Count > 0 || NewBuilder(arguments, errors) is not { } builder) return null;
        settle?.Invoke(builder.Configuration);
        var options = OptionsReader.Read(builder.Configuration, sections, out var wrong);
        errors.AddRange(wrong);
        var model = ReadModel(options, errors);
        if (model is not null) builder.Services.AddSingleton(model);
        builder.Services.AddSingleton(_ => options.NewClock());
        return new ServerStart(builder, options, model, errors);
    }

    /// <summary>The options alone, for a command that works on a store without a server; null: something is wrong with them, and was said.</summary>
    public static ServerOptions? ReadOptions(string[] arguments, IReadOnlyList<OptionSection> sections)
    {
        var errors = StrayWords(arguments);
        ServerOptions? options = null;
        if (errors.Count == 0 && NewBuilder(arguments, errors) is { } builder)
        {
            options = OptionsReader.Read(builder.Configuration, sections, out var wrong);
            errors.AddRange(wrong);
        }

        if (errors.Count == 0) return options;
        ExitCode.Refuse(errors);
        return null;
    }

    /// <summary>Puts everything together, and adds what the parts' own options have to say.</summary>
    public WebApplication Build()
    {
        Builder.AddWeb(Options);
        var app = Builder.Build();
        Errors.AddRange(WrongInParts(app.Services));
        return app;
    }

    /// <summary>Something about address, folder or store that its one sentence tells an operator. Anything else is a fault of the program and shows where.</summary>
    public static bool IsOfTheMachine(Exception error) =>
        error is IOException or UnauthorizedAccessException or JournalException or SnapshotException or ModelFileException or InvalidOperationException;

    /// <summary>Where a limit is set on the size of files, a write beyond it fails like any other until this is disposed.</summary>
    public static IDisposable? HoldFileLimit() => OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create((PosixSignal)FileSizeExceeded, signal => signal.Cancel = true);

    /// <summary>Everything but options is a mistake: a forgotten -- would else go unnoticed.</summary>
    private static List<string> StrayWords(string[] arguments)
    {
        var stray = new List<string>();
        var isValue = false;
        foreach (var argument in arguments)
        {
            var isName = argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2;
            if (!isName && !isValue) stray.Add($"'{argument}' is not an option. Options look like --Name=value; --help lists them.");
            isValue = isName && !argument.Contains('=', StringComparison.Ordinal);
        }

        if (isValue) stray.Add($"'{arguments[^1]}' has no value. Right would be {arguments[^1]}=value; --help lists what needs none.");
        return stray;
    }

    /// <summary>Null with errors where a settings file cannot be read.</summary>
    private static WebApplicationBuilder? NewBuilder(string[] arguments, List<string> errors)
    {
        WebApplicationBuilder builder;
        try
        {
            // The web root lies beside the executable, appsettings.json in the working folder.
            builder = WebApplication.CreateBuilder(new WebApplicationOptions
            {
                Args = arguments,
                ContentRootPath = Directory.GetCurrentDirectory(),
                WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
            });
        }
        catch (InvalidDataException error)
        {
            errors.Add($"{error.Message} {error.GetBaseException().Message}");
            return null;
        }

        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                // Of silos: what they do by the second, and advice on settings that this program makes itself.
                ["Logging:LogLevel:Orleans"] = "Warning",
                ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
                ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
                // Who asks is told what has failed after all; each try says it at length.
                ["Logging:LogLevel:Polly"] = "Critical",
                // At less it logs with its whole stack what the server tells in one sentence.
                ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                ["Logging:Console:FormatterName"] = "simple",
                ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss ",
            },
        });
        return builder;
    }

    /// <summary>Null with errors where the file is not a valid model.</summary>
    private static ModelFileText? ReadModel(ServerOptions options, List<string> errors)
    {
        if (!File.Exists(options.ModelPath)) return null;
        try
        {
            var text = File.ReadAllText(options.ModelPath);
            var result = ModelFileReader.Read(text, options.ModelPath);
            if (result.IsValid) return new ModelFileText(options.ModelPath, text, result.Model);
            errors.AddRange(result.Describe().Split('\n'));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            errors.Add($"Model:Path: {error.Message}");
        }

        return null;
    }

    /// <summary>What the libraries' own options have to say.</summary>
    private static IEnumerable<string> WrongInParts(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException error)
        {
            return error.Failures;
        }
        catch (AggregateException error)
        {
            return error.InnerExceptions.SelectMany(inner => inner is OptionsValidationException wrong ? wrong.Failures : [inner.Message]);
        }
        catch (InvalidOperationException error)
        {
            return [error.Message];
        }
    }
}
