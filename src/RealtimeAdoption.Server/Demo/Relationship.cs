namespace RealtimeAdoption.Server.Demo;

/// <summary>What the vendor's customer-success team and its systems know of a customer beside contract and usage. Immutable.</summary>
/// <param name="Seats">Bought; null: nobody has told.</param>
/// <param name="Nps">-100..100, of the last survey; null: none, or it was asked in the product.</param>
/// <param name="NpsAt">Day of that survey.</param>
/// <param name="Renewal">Day of the next renewal.</param>
/// <param name="LastContact">Day on which somebody last spoke with them; null: nobody has told.</param>
/// <param name="ChampionLeaves">Day of the history from which the first of its people does nothing any more; null: they stay.</param>
public sealed record Relationship(int? Seats, int? Nps, DateOnly? NpsAt, DateOnly Renewal, DateOnly? LastContact, int? ChampionLeaves)
{
    /// <summary>
    /// Nearly all are as they should be: a wall on which everybody is late says nothing. The shares are such that of four hundred accounts some ten
    /// to twenty stand out in each way.
    /// </summary>
    public static Relationship Of(Dice dice, Character character, int people, int target, DateOnly today)
    {
        var (nps, at) = Survey(dice, character, today);
        return new Relationship(
            SeatsOf(dice, people, target),
            nps,
            at,
            RenewalOf(dice, character, today),
            dice.Chance(0.05) ? null : today.AddDays(dice.Chance(0.03) ? -dice.Between(92, 140) : -dice.Between(2, 80)),
            character is Character.Steady or Character.Seasonal && target >= 3 && dice.Chance(0.12) ? CustomerBase.HistoryDays - dice.Between(15, 24) : null);
    }

    private static int? SeatsOf(Dice dice, int people, int target) => (dice.Share(), target) switch
    {
        // Bought for everybody, used by a few; or so well used that there is no seat left.
        ( < 0.03, _) => people * 4,
        ( < 0.06, > 0) => people,
        ( < 0.5, 0) => null,
        _ => (int)(people * dice.Between(1.1, 1.5)) + 1,
    };

    private static (int? Nps, DateOnly? At) Survey(Dice dice, Character character, DateOnly today)
    {
        if (character == Character.Slipping || dice.Chance(0.5)) return (null, null);
        int nps = character switch
        {
            Character.Rising or Character.Steady => dice.Between(20, 70),
            Character.Silent or Character.Churned => dice.Between(-40, 15),
            Character.Decaying => dice.Between(2, 20),
            _ => dice.Between(5, 45),
        };
        // One in seven is too old to count.
        return (nps, today.AddDays(-(dice.Chance(0.14) ? dice.Between(185, 300) : dice.Between(5, 170))));
    }

    private static DateOnly RenewalOf(Dice dice, Character character, DateOnly today)
    {
        if (character == Character.Silent && dice.Chance(0.3)) return today.AddDays(dice.Between(12, 70));
        return today.AddDays(dice.Chance(0.025) ? dice.Between(8, 85) : dice.Between(95, 380));
    }
}
