using System.Text.RegularExpressions;

namespace RealtimeAdoption.House.Tests;

/// <summary>
/// Who may reference whom. To change the house, change this table, the one in src/README.md and the code in one commit.
/// </summary>
public sealed partial class DependencyTableTests
{
    private static readonly Dictionary<string, Allowed> Table = new(StringComparer.Ordinal)
    {
        ["Scoring"] = new([], ["Microsoft.CodeAnalysis.BannedApiAnalyzers"]),
        ["ModelFile"] = new(["Scoring"], ["YamlDotNet"]),
        ["Engine"] = new(["Scoring", "ModelFile"], ["Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options"]),
        ["Storage"] = new(["Engine"], ["Npgsql", "SQLitePCLRaw.bundle_e_sqlite3"]),
        ["Embedded"] = new(["Engine"], []),
        ["Web"] = new(["Engine"], ["Microsoft.AspNetCore.OpenApi", "Microsoft.OpenApi"], ["Microsoft.AspNetCore.App"]),
        ["Hosting"] = new(["Web", "Storage"], [], ["Microsoft.AspNetCore.App"]),
        ["Silo"] = new(
            ["Hosting", "Web", "Engine", "Storage"],
            ["Microsoft.Orleans.Clustering.AdoNet", "Microsoft.Orleans.Persistence.AdoNet", "Microsoft.Orleans.Reminders.AdoNet", "Microsoft.Orleans.Server", "Microsoft.Orleans.Streaming"],
            Sdk: "Microsoft.NET.Sdk.Web"),
        ["Server"] = new(["Hosting", "Web", "Embedded", "Storage"], ["Spectre.Console", "System.CommandLine"], Sdk: "Microsoft.NET.Sdk.Web"),
    };

    public static TheoryData<string> Sources => [.. Repository.Projects("src").Select(project => project.RelativePath)];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_project_references_only_what_the_table_allows(string path)
    {
        var project = new ProjectFile(path);
        Assert.True(Table.TryGetValue(Short(project.Name), out var allowed), $"{path} is not in the table of DependencyTableTests: give it a row");
        Assert.Empty(project.Projects.Select(Short).Except(allowed.Projects));
        Assert.Empty(project.Packages.Except(allowed.Packages));
        Assert.Empty(project.Frameworks.Except(allowed.Frameworks ?? []));
        Assert.Equal(allowed.Sdk, project.Sdk);
    }

    [Fact]
    public void Every_row_of_the_table_is_a_project()
    {
        Assert.Empty(Table.Keys.Except(Repository.Projects("src").Select(project => Short(project.Name))));
    }

    [Fact]
    public void The_table_in_the_README_says_the_same()
    {
        var rows = ReadmeRow().Matches(File.ReadAllText(Repository.Full("src/README.md"))).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["may"].Value);
        Assert.Equal(Table.Keys.Order(), rows.Keys.Order());
        foreach (var (name, allowed) in Table)
        {
            var named = Table.Keys.Where(other => Regex.IsMatch(rows[name], $@"\b{other}\b", RegexOptions.NonBacktracking));
            Assert.True(named.Order().SequenceEqual(allowed.Projects.Order()), $"src/README.md lets {name} reference '{rows[name]}', the test lets it reference {string.Join(", ", allowed.Projects)}");
        }
    }

    [Fact]
    public void Nothing_in_src_references_a_test_and_every_reference_exists()
    {
        var sources = Repository.Projects("src").Select(project => project.Name).ToHashSet();
        Assert.All(Repository.Projects("src"), project => Assert.Subset(sources, project.Projects.ToHashSet()));
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_the_solution_has_no_other()
    {
        var solution = SolutionProject().Matches(File.ReadAllText(Repository.Full("RealtimeAdoption.sln"))).Select(match => match.Groups["path"].Value.Replace('\\', '/')).Order(StringComparer.Ordinal);
        var onDisk = new[] { "src", "tests", "loadtest" }.SelectMany(folder => Repository.Files(folder, ".csproj")).Order(StringComparer.Ordinal);
        Assert.Equal(onDisk, solution);
    }

    [Fact]
    public void Every_source_project_has_a_test_project()
    {
        // Server is tested through its process, in a project of its own as well.
        var tests = Repository.Projects("tests").Select(project => project.Name).ToHashSet();
        Assert.All(Repository.Projects("src"), project => Assert.Contains($"{project.Name}.Tests", tests));
    }

    [Fact]
    public void No_project_loosens_the_rules_of_all()
    {
        string[] ofAll = ["TargetFramework", "LangVersion", "Nullable", "TreatWarningsAsErrors", "WarningsNotAsErrors", "AnalysisLevel", "AnalysisMode", "RunAnalyzers", "EnforceCodeStyleInBuild", "ManagePackageVersionsCentrally"];
        Assert.All(Repository.Projects("src").Concat(Repository.Projects("tests")), project =>
        {
            Assert.Empty(project.ElementNames.Intersect(ofAll));
            Assert.False(project.HasPackageVersions, $"{project.RelativePath}: versions stand in Directory.Packages.props");
        });
        var props = File.ReadAllText(Repository.Full("Directory.Build.props"));
        Assert.Contains("<Nullable>enable</Nullable>", props, StringComparison.Ordinal);
        Assert.Contains("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", props, StringComparison.Ordinal);
    }

    private static string Short(string project) => project.Replace("RealtimeAdoption.", "", StringComparison.Ordinal);

    [GeneratedRegex("""^\| (src/)?RealtimeAdoption\.(?<name>\w+) \|[^|]*\| (?<may>[^|]*) \|""", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ReadmeRow();

    [GeneratedRegex("""^Project\("\{[^}]+\}"\) = "[^"]+", "(?<path>[^"]+\.csproj)",""", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SolutionProject();

    private sealed record Allowed(string[] Projects, string[] Packages, string[]? Frameworks = null, string Sdk = "Microsoft.NET.Sdk");
}
