namespace RealtimeAdoption.Embedded;

/// <summary>So many of one kind of work at a time; nobody waits for one. Thread-safe.</summary>
internal sealed class Permits(int number)
{
    private int left = number;

    public bool TryTake()
    {
        if (Interlocked.Decrement(ref left) >= 0) return true;
        Interlocked.Increment(ref left);
        return false;
    }

    public void Return() => Interlocked.Increment(ref left);
}
