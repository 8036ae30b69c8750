using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Doors;

namespace RealtimeAdoption.Hosting.Options;

/// <summary>Reads <see cref="ServerOptions"/> from configuration and lists everything that is wrong with it at once.</summary>
public sealed class OptionsReader
{
    public const string DefaultUrls = "http://127.0.0.1:5080";

    private const int MostPartitions = 4096;
    private const double MostSpeed = 1_000_000;

    /// <summary>The sections that every server has.</summary>
    public static IReadOnlyList<OptionSection> Common { get; } =
    [
        OptionSection.Of<StorageOptions>("Storage"),
        new("Model", ["Path"]),
        OptionSection.Of<AuthOptions>("Auth"),
        new("Clock", ["Start", "Speed"]),
        OptionSection.Of<DoorOptions>("Doors"),
        OptionSection.Of<BoardOptions>("Board"),
    ];

    private readonly IConfiguration configuration;
    private readonly List<string> errors = [];

    private OptionsReader(IConfiguration configuration) => this.configuration = configuration;

    /// <param name="configuration">Files, environment and command line, merged.</param>
    /// <param name="sections">Of the executable's host, beside those that every server has.</param>
    /// <param name="errors">Empty, or one sentence for each mistake.</param>
    public static ServerOptions Read(IConfiguration configuration, IReadOnlyList<OptionSection> sections, out IReadOnlyList<string> errors)
    {
        var reader = new OptionsReader(configuration);
        foreach (var section in Common.Concat(sections)) reader.RefuseUnknown(section);
        var options = reader.Read();
        errors = reader.errors;
        return options;
    }

    private ServerOptions Read()
    {
        foreach (var list in new[] { "Auth:WriteKeys", "Auth:ReadKeys", "Auth:AdminKeys" })
        {
            if (Text(list) is not null) errors.Add($"{list}: is a list. Right would be {list}:0=KEY.");
        }

        return new ServerOptions
        {
            Urls = Urls(),
            Storage = Storage(),
            ModelPath = ModelPath(),
            IsModelGiven = Text("Model:Path") is not null,
            Partitions = Partitions(),
            ClockStart = ClockStart(),
            ClockSpeed = ClockSpeed(),
        };
    }

    private void RefuseUnknown(OptionSection section)
    {
        foreach (var child in configuration.GetSection(section.Name).GetChildren())
        {
            if (!section.Options.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                errors.Add($"{child.Path}: there is no such option. {section.Name} has {string.Join(", ", section.Options)}.");
        }
    }

    private string Urls()
    {
        var urls = Text("Urls") ?? DefaultUrls;
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IsAddress(url)) errors.Add($"Urls: '{url}' is not an address to listen on. Right would be {DefaultUrls}.");
        }

        return urls;
    }

    private static bool IsAddress(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Scheme is "http" or "https" && address.Port is >= 0 and <= 65535 && address.PathBase.Length == 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private StorageOptions Storage()
    {
        var storage = new StorageOptions();
        try
        {
            configuration.GetSection("Storage").Bind(storage);
        }
        catch (InvalidOperationException error)
        {
            errors.Add(error.Message);
        }

        errors.AddRange(storage.Check());
        storage.Path = Path.GetFullPath(string.IsNullOrWhiteSpace(storage.Path) ? "data" : storage.Path);
        return storage;
    }

    private string ModelPath()
    {
        var path = Text("Model:Path");
        if (path is null) return Path.Combine(AppContext.BaseDirectory, "models", "saas-suite.yaml");
        path = Path.GetFullPath(path);
        if (!File.Exists(path)) errors.Add($"Model:Path: there is no file {path}.");
        return path;
    }

    private int Partitions()
    {
        var text = Text("Partitions");
        if (text is null) return 64;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var partitions) && partitions is >= 1 and <= MostPartitions) return partitions;
        errors.Add($"Partitions: '{text}' is not a whole number from 1 to {MostPartitions}.");
        return 64;
    }

    private DateTimeOffset? ClockStart()
    {
        var text = Text("Clock:Start");
        if (text is null) return null;
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out var start) && start.Year is >= 2000 and <= 2100) return start;
        errors.Add($"Clock:Start: '{text}' is not an instant from 2000 to 2100. Right would be 2026-11-01T08:00:00Z.");
        return null;
    }

    private double ClockSpeed()
    {
        var text = Text("Clock:Speed");
        if (text is null) return 1;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed is >= 0 and <= MostSpeed) return speed;
        errors.Add(string.Create(CultureInfo.InvariantCulture, $"Clock:Speed: '{text}' is not a number from 0 to {MostSpeed}."));
        return 1;
    }

    /// <summary>Null where it is absent or empty.</summary>
    private string? Text(string name) => configuration[name] is { Length: > 0 } value ? value : null;
}
