using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Server.Demo;

/// <summary>Random numbers that are the same for the same seed on every machine and release (SplitMix64). Not thread-safe.</summary>
public sealed class Dice(ulong seed)
{
    private ulong state = seed;

    /// <summary>Dice of its own for each thing that is made, so that making one thing differently leaves the others as they were.</summary>
    public static Dice For(int seed, int purpose, int index) =>
        new(StableHash.Combine(StableHash.Combine((ulong)seed, (ulong)purpose), (ulong)index));

    /// <summary>0 to 1, 1 not included.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Both ends included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    public double Between(double low, double high) => low + (Share() * (high - low));

    public bool Chance(double probability) => Share() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
