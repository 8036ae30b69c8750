using System.Diagnostics;
using System.Text.RegularExpressions;

namespace RealtimeAdoption.House.Tests;

/// <summary>
/// That a clock in the core is a build failure is shown by building one: a copy of the Scoring project, with this repository's
/// settings and one more file. A list of banned symbols that no build reads would otherwise look just like this one.
/// </summary>
public sealed partial class BannedSymbolsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // One forbidden act a line, and what the build says of it.
    private static readonly (string Code, string Symbol)[] Acts =
    [
        ("DateTime.UtcNow", "DateTime.UtcNow"),
        ("DateTime.Now", "DateTime.Now"),
        ("DateTime.Today", "DateTime.Today"),
        ("DateTimeOffset.UtcNow", "DateTimeOffset.UtcNow"),
        ("DateTimeOffset.Now", "DateTimeOffset.Now"),
        ("TimeProvider.System", "TimeProvider"),
        ("System.Diagnostics.Stopwatch.GetTimestamp()", "Stopwatch"),
        ("Environment.TickCount64", "Environment"),
        ("TimeZoneInfo.Local", "TimeZoneInfo.Local"),
        ("new Random(1)", "Random"),
        ("Random.Shared", "Random"),
        ("Guid.NewGuid()", "Guid.NewGuid()"),
        ("Guid.CreateVersion7()", "Guid.CreateVersion7()"),
        ("System.Security.Cryptography.RandomNumberGenerator.GetInt32(3)", "RandomNumberGenerator"),
        ("HashCode.Combine(1)", "HashCode"),
        ("\"\".GetHashCode(StringComparison.Ordinal)", "string.GetHashCode(StringComparison)"),
        ("System.Threading.Tasks.Task.CompletedTask", "System.Threading.Tasks"),
        ("System.IO.File.Exists(\"\")", "File"),
        ("new System.Net.Http.HttpClient()", "System.Net"),
        ("Console.Out", "Console"),
    ];

    [Fact]
    public async Task A_clock_or_randomness_or_input_or_output_in_the_core_does_not_build()
    {
        var scratch = Directory.CreateTempSubdirectory("scoring-").FullName;
        try
        {
            var project = CopyScoringTo(scratch);
            var members = Acts.Select((act, i) => $"    public static object Act{i} => {act.Code};");
            await File.WriteAllTextAsync(
                Path.Combine(project, "Forbidden.cs"),
                $"namespace RealtimeAdoption.Scoring;\ninternal static class Forbidden\n{{\n{string.Join('\n', members)}\n}}\n");

            var (exitCode, text) = await Build(project);
            Assert.True(exitCode != 0, $"the build passed:\n{text}");
            var found = Rs0030().Matches(text)
                .Where(match => match.Groups["file"].Value == "Forbidden.cs")
                .Select(match => (Line: int.Parse(match.Groups["line"].Value), Symbol: match.Groups["symbol"].Value))
                .ToHashSet();
            for (var i = 0; i < Acts.Length; i++)
                Assert.True(found.Contains((i + 4, Acts[i].Symbol)), $"'{Acts[i].Code}' is not refused with RS0030 as '{Acts[i].Symbol}':\n{text}");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>The analyzer looks at what is called, not at signatures.</summary>
    [Fact]
    public void The_core_is_synchronous_in_its_signatures_too()
    {
        var offending = Repository.Files("src/RealtimeAdoption.Scoring", ".cs")
            .SelectMany(path => File.ReadLines(Repository.Full(path)).Select((line, i) => (Line: line.Split("//")[0], Where: $"{path}:{i + 1}")))
            .Where(line => AsyncWords().IsMatch(line.Line))
            .Select(line => line.Where);
        Assert.Empty(offending);
    }

    private static string CopyScoringTo(string scratch)
    {
        foreach (var shared in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "NuGet.config" })
        {
            if (File.Exists(Repository.Full(shared))) File.Copy(Repository.Full(shared), Path.Combine(scratch, shared));
        }

        const string Source = "src/RealtimeAdoption.Scoring";
        foreach (var path in Repository.Files(Source, ".cs", ".csproj", ".txt", ".props", ".targets"))
        {
            var target = Path.Combine(scratch, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Repository.Full(path), target);
        }

        return Path.Combine(scratch, Source);
    }

    private async Task<(int ExitCode, string Text)> Build(string project)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = project,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // No build server stays behind, and nothing of the build that runs these tests leaks into this one.
        foreach (var argument in new[] { "build", "-nologo", "-v", "quiet", "-clp:NoSummary", "-nodeReuse:false", "-p:UseSharedCompilation=false" }) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience) + await errors;
        await process.WaitForExitAsync();
        output.WriteLine($"built in {watch.Elapsed.TotalSeconds:F1} s");
        return (process.ExitCode, text);
    }

    [GeneratedRegex(@"(?<file>[\w.]+)\((?<line>\d+),\d+\): error RS0030: The symbol '(?<symbol>[^']+)'", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Rs0030();

    [GeneratedRegex(@"\b(async|await|Task|ValueTask|IAsyncEnumerable)\b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex AsyncWords();
}
