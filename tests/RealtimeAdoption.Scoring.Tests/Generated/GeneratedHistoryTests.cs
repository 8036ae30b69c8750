using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>The core against a naive reference that was written from docs/semantics.md alone.</summary>
public sealed class GeneratedHistoryTests(ITestOutputHelper output)
{
    private const int FirstSeed = 1;

    private static readonly CompiledModel Sample = new(SampleModel.Definition);

    private static CoreTarget Core(History history) => new(ReferenceEquals(history.Model, SampleModel.Definition) ? Sample : new CompiledModel(history.Model));

    [Fact]
    public void The_core_alone_agrees_with_the_reference_on_generated_histories()
    {
        var (stats, failures) = Campaign.Run(Enumerable.Range(FirstSeed, 2_000), SampleModel.Definition, Core);
        output.WriteLine(stats.ToString());
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }
}
