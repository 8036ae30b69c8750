using RealtimeAdoption.Hosting.Options;

namespace RealtimeAdoption.Silo.Tests;

/// <summary>docs/options.md names every option that a silo knows.</summary>
public sealed class OptionsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "options.md"));

    public static TheoryData<string> Names =>
        [.. OptionsReader.Common.Concat(SiloServices.Sections).SelectMany(section => section.Options.Select(name => $"{section.Name}:{name}")).Except(["Host:Partition", "Cluster:Owner", "Cluster:Stream", "Cluster:Batch"])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_stands_on_its_page(string name) => Assert.Matches($"`{name}(`|:0`)", Page);
}
