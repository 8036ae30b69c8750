namespace RealtimeAdoption.TestKit.Generators;

/// <summary>Seeded choices in words. The same seed gives the same choices.</summary>
public sealed class Dice(int seed)
{
    private readonly Random random = new(seed);

    public bool Chance(double probability) => random.NextDouble() < probability;

    /// <summary>Both ends included.</summary>
    public int Between(int low, int high) => high <= low ? low : random.Next(low, high + 1);

    public long Between(long low, long high) => high <= low ? low : random.NextInt64(low, high + 1);

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];

    public T OneOf<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
