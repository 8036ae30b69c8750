using System.Globalization;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Server.Options;

/// <summary>Reads <see cref="ServerOptions"/> from configuration and lists everything that is wrong with it at once.</summary>
public sealed class OptionsReader
{
    public const string DefaultUrls = "http://127.0.0.1:5080";

    /// <summary>Our own names. Under these sections anything else is a mistyped name.</summary>
    private static readonly string[] Known =
    [
        "Storage:Kind", "Storage:Path", "Storage:ConnectionString", "Model:Path", "Auth:WriteKeys", "Auth:ReadKeys", "Auth:Anonymous", "Clock:Start", "Clock:Speed",
    ];

    private readonly IConfiguration configuration;
    private readonly List<string> errors = [];

    private OptionsReader(IConfiguration configuration) => this.configuration = configuration;

    /// <param name="configuration">Files, environment and command line, merged.</param>
    /// <param name="demo">The demo has a data folder of its own.</param>
    /// <param name="errors">Empty, or one sentence for each mistake.</param>
    public static ServerOptions Read(IConfiguration configuration, bool demo, out IReadOnlyList<string> errors)
    {
        var reader = new OptionsReader(configuration);
        var options = reader.Read(demo);
        errors = reader.errors;
        return options;
    }

    private ServerOptions Read(bool demo)
    {
        RefuseUnknownNames();
        return new ServerOptions
        {
            Urls = Urls(),
            StorageKind = Kind(),
            StoragePath = Path.GetFullPath(Text("Storage:Path") ?? (demo ? "data-demo" : "data")),
            ModelPath = ModelPath(),
            Auth = Auth(),
            Partitions = Partitions(),
            ClockStart = ClockStart(),
            ClockSpeed = ClockSpeed(),
        };
    }

    private void RefuseUnknownNames()
    {
        foreach (var section in Known.Select(name => name.Split(':')[0]).Distinct())
        {
            foreach (var child in configuration.GetSection(section).GetChildren())
            {
                if (Known.Any(name => name.Equals(child.Path, StringComparison.OrdinalIgnoreCase))) continue;
                var names = Known.Where(name => name.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase));
                errors.Add($"{child.Path}: there is no such option. Under {section} there are {string.Join(", ", names)}.");
            }
        }
    }

    private string Urls()
    {
        var urls = Text("Urls") ?? DefaultUrls;
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                var address = BindingAddress.Parse(url);
                if (address.Port is >= 0 and <= 65535 && address.Scheme is "http" or "https") continue;
            }
            catch (FormatException)
            {
                // Said below.
            }

            errors.Add($"Urls: '{url}' is not an address to listen on. Right would be {DefaultUrls}.");
        }

        return urls;
    }

    private StorageKind Kind()
    {
        var kind = Text("Storage:Kind") ?? "sqlite";
        if (kind.Equals("postgres", StringComparison.OrdinalIgnoreCase))
            errors.Add("Storage:Kind: 'postgres' comes with a later release. Right would be sqlite.");
        else if (!kind.Equals("sqlite", StringComparison.OrdinalIgnoreCase))
            errors.Add($"Storage:Kind: '{kind}' is not known. Right would be sqlite.");
        return StorageKind.Sqlite;
    }

    private string ModelPath()
    {
        var path = Text("Model:Path");
        if (path is null) return Path.Combine(AppContext.BaseDirectory, "models", "saas-suite.yaml");
        path = Path.GetFullPath(path);
        if (!File.Exists(path)) errors.Add($"Model:Path: there is no file {path}.");
        return path;
    }

    /// <summary>The keys' own rules are the web library's; here they only join the list of errors.</summary>
    private AuthOptions Auth()
    {
        var section = configuration.GetSection(AuthOptions.Section);
        foreach (var list in new[] { nameof(AuthOptions.WriteKeys), nameof(AuthOptions.ReadKeys) })
        {
            if (section[list] is { Length: > 0 }) errors.Add($"Auth:{list}: is a list. Right would be Auth:{list}:0=KEY.");
        }

        var auth = new AuthOptions
        {
            WriteKeys = [.. section.GetSection(nameof(AuthOptions.WriteKeys)).GetChildren().Select(child => child.Value ?? "")],
            ReadKeys = [.. section.GetSection(nameof(AuthOptions.ReadKeys)).GetChildren().Select(child => child.Value ?? "")],
            Anonymous = Truth("Auth:Anonymous", fallback: false),
        };
        errors.AddRange(new AuthOptionsCheck().Validate(null, auth).Failures ?? []);
        return auth;
    }

    private int Partitions()
    {
        var text = Text("Partitions");
        if (text is null) return 64;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var partitions) && partitions is >= 1 and <= 4096) return partitions;
        errors.Add($"Partitions: '{text}' is not a whole number from 1 to 4096.");
        return 64;
    }

    private DateTimeOffset? ClockStart()
    {
        var text = Text("Clock:Start");
        if (text is null) return null;
        var styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, styles, out var start) && start.Year is >= 2000 and < 2200) return start;
        errors.Add($"Clock:Start: '{text}' is not an instant from 2000 to 2199. Right would be 2026-11-01T08:00:00Z.");
        return null;
    }

    private double ClockSpeed()
    {
        var text = Text("Clock:Speed");
        if (text is null) return 1;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed is >= 0 and <= 1_000_000) return speed;
        errors.Add($"Clock:Speed: '{text}' is not a number from 0 to 1000000.");
        return 1;
    }

    private bool Truth(string name, bool fallback)
    {
        var text = Text(name);
        if (text is null) return fallback;
        if (bool.TryParse(text, out var value)) return value;
        errors.Add($"{name}: '{text}' is neither true nor false.");
        return fallback;
    }

    /// <summary>Null where it is absent or empty.</summary>
    private string? Text(string name) => configuration[name] is { Length: > 0 } value ? value : null;
}
