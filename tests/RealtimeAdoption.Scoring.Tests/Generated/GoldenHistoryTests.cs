using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Comparison;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>The recorded histories of tests/golden, played on the partition machine and on the reference: both must say what is written, for ever.</summary>
public sealed class GoldenHistoryTests
{
    private const int FilesLeast = 10;

    private static readonly string Folder = FindFolder();

    public static IEnumerable<TheoryDataRow<string>> Files() => Directory.GetFiles(Folder, "*.jsonl").Order(StringComparer.Ordinal).Select(path => new TheoryDataRow<string>(Path.GetFileNameWithoutExtension(path)));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_recorded_history_is_replayed_to_the_letter(string name)
    {
        var history = GoldenHistory.Read(Path.Combine(Folder, name + ".jsonl"));
        using var machine = new MachineTarget(new CompiledModel(history.Model));
        Assert.Null(history.Difference(new TargetPlayer(machine)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void What_is_written_is_what_the_reference_makes_of_it(string name)
    {
        var history = GoldenHistory.Read(Path.Combine(Folder, name + ".jsonl"));
        Assert.Null(history.Difference(new ReferencePlayer(history.Model)));
    }

    [Fact]
    public void No_recorded_history_gets_lost() => Assert.True(Files().Count() >= FilesLeast, $"only {Files().Count()} files in {Folder}");

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "RealtimeAdoption.sln"))) return Path.Combine(folder.FullName, "tests", "golden");
        throw new DirectoryNotFoundException("The repository's root is not above the tests.");
    }
}
