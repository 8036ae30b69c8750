using RealtimeAdoption.Simulation.Faults;

namespace RealtimeAdoption.Simulation;

/// <summary>Seeds that once found a bug. Where the simulation draws its lots otherwise a seed is another run; the bug itself is held by the test that is named beside it.</summary>
public sealed class FoundSeedTests
{
    /// <param name="seed">Of the run.</param>
    /// <param name="bug">What it found.</param>
    [Theory]
    [InlineData(18, "The wall told its latest lines twice once a model was activated (BoardHealthTests)")]
    [InlineData(68, "A model that was wished for before the first one was durable was appended twice (ActivationTests)")]
    [InlineData(172, "A repetition took effect when midnights failed to be committed and the clock was set back then (IntakeTests)")]
    [InlineData(278, "A model that was wished for in a first commit that failed was appended without an instant (ActivationTests)")]
    [InlineData(1526, "Midnights between a swap to a model that remembers longer and its commit forgot ids of its window")]
    public void A_seed_that_found_a_bug_is_sound(int seed, string bug)
    {
        var tally = new FaultTally();
        var run = SimulatedRun.Of(seed, default, tally);
        Assert.True(run.Changes > 0, bug);
    }
}
