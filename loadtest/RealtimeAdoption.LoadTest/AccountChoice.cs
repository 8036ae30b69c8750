namespace RealtimeAdoption.LoadTest;

/// <summary>Which account an event is of. Seeded: the same events in every run.</summary>
public abstract class AccountChoice
{
    public abstract int Next();

    public static AccountChoice Of(string distribution, int accounts, int seed) => distribution switch
    {
        "uniform" => new Uniform(accounts, seed),
        "zipf" => new Zipf(accounts, seed),
        _ => throw new ArgumentException($"The distribution '{distribution}' is neither uniform nor zipf.", nameof(distribution)),
    };

    /// <summary>All accounts in turn, dealt out to so many senders.</summary>
    public static IEnumerable<AccountChoice> Turns(int accounts, int senders) => Enumerable.Range(0, senders).Select(sender => new Turn(accounts, sender, senders));

    private sealed class Turn(int accounts, int first, int step) : AccountChoice
    {
        private int last = -1;

        public override int Next() => last = last < 0 || last + step >= accounts ? first : last + step;
    }

    private sealed class Uniform(int accounts, int seed) : AccountChoice
    {
        private readonly Random random = new(seed);

        public override int Next() => random.Next(accounts);
    }

    /// <summary>Exponent 1: the first account gets about 1/ln(accounts) of all events. Ranks are scattered over the ids.</summary>
    private sealed class Zipf(int accounts, int seed) : AccountChoice
    {
        private readonly Random random = new(seed);
        private readonly double logarithm = Math.Log(accounts + 1);

        public override int Next()
        {
            var rank = Math.Min(accounts - 1, (int)Math.Exp(random.NextDouble() * logarithm) - 1);
            return (int)((uint)rank * 2654435761UL % (uint)accounts);
        }
    }
}
