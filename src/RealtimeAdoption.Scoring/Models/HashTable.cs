using System.Numerics;

namespace RealtimeAdoption.Scoring.Models;

/// <summary>What stands for a 64-bit hash, and for every other one. Looked up with each event, so it does nothing but compare: keys are hashes already.</summary>
internal sealed class HashTable<T>
    where T : class
{
    private readonly ulong[] keys;
    private readonly T?[] values;
    private readonly T other;

    public HashTable(IReadOnlyCollection<KeyValuePair<ulong, T>> items, T other)
    {
        this.other = other;
        keys = new ulong[BitOperations.RoundUpToPowerOf2((uint)(items.Count * 4) + 1)];
        values = new T?[keys.Length];
        foreach (var (key, value) in items)
        {
            var at = key & (ulong)(keys.Length - 1);
            while (values[at] is not null) at = (at + 1) & (ulong)(keys.Length - 1);
            (keys[at], values[at]) = (key, value);
        }
    }

    public T this[ulong key]
    {
        get
        {
            for (var at = key & (ulong)(keys.Length - 1); values[at] is { } value; at = (at + 1) & (ulong)(keys.Length - 1))
            {
                if (keys[at] == key) return value;
            }

            return other;
        }
    }
}
