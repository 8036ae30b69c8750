using RealtimeAdoption.Hosting.Options;

namespace RealtimeAdoption.Server.Tests;

/// <summary>docs/options.md names every option that the server knows.</summary>
public sealed class OptionsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "options.md"));

    public static TheoryData<string> Names => [.. OptionsReader.Common.Concat(HostServices.Sections).SelectMany(section => section.Options.Select(name => $"{section.Name}:{name}")).Except(["Host:Partition"])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_stands_on_its_page(string name) => Assert.Matches($"`{name}(`|:0`)", Page);
}
