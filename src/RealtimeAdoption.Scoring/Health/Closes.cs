using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>The scores with which the last days ended. A day without one: the score did not count then, or a rebuild was pending.</summary>
internal static class Closes
{
    /// <summary>The day that is open now ends. True: it has a close.</summary>
    public static bool Take(in AccountBlock block)
    {
        if (block.Model.CloseDays == 0) return false;
        var state = new HealthState(block);
        var counts = !block.IsRebuilding && (state.Head.Flags & HealthFlags.Covered) != HealthFlags.None;
        var day = block.Model.Planted == PlantedBug.CloseOfTheWrongDay ? block.Day - 1 : block.Day;
        state.Closes[Place(block, day)] = counts ? state.Head.Tenths : HealthState.None;
        return counts;
    }

    /// <summary>In tenths; <see cref="HealthState.None"/>: none. Of one of the last <see cref="CompiledModel.CloseDays"/> days before today.</summary>
    public static short On(in AccountBlock block, int day) => new HealthState(block).Closes[Place(block, day)];

    /// <summary>The highest of the last so many days before today, or <see cref="HealthState.None"/>.</summary>
    public static short Highest(in AccountBlock block, int days)
    {
        var highest = HealthState.None;
        for (var back = 1; back <= days; back++) highest = Math.Max(highest, On(block, block.Day - back));
        return highest;
    }

    /// <summary>
    /// The present score less the close of so many days before a day, in tenths. The day may lie after the account's, which then has not moved since: its days end with the present score.
    /// </summary>
    public static int? Change(in AccountBlock block, int day, int back)
    {
        if (block.Model.CloseDays == 0) return null;
        ref var head = ref new HealthState(block).Head;
        var then = day - back + (back == CompiledModel.ChangeDays && block.Model.Planted == PlantedBug.WeeklyChangeOffByOneDay ? 1 : 0);
        var counts = !block.IsRebuilding && (head.Flags & HealthFlags.Covered) != HealthFlags.None;
        var close = then < block.Day ? On(block, then) : counts ? head.Tenths : HealthState.None;
        return close == HealthState.None || head.Tenths == HealthState.None ? null : head.Tenths - close;
    }

    public static void Clear(in AccountBlock block) => new HealthState(block).Closes.Fill(HealthState.None);

    /// <summary>What live days gave stands; a rebuild fills the rest. Both on one day and of one model.</summary>
    public static void Keep(in AccountBlock rebuilt, in AccountBlock live)
    {
        var to = new HealthState(rebuilt).Closes;
        var from = new HealthState(live).Closes;
        for (var i = 0; i < to.Length; i++)
        {
            if (from[i] != HealthState.None) to[i] = from[i];
        }
    }

    /// <summary>With no more traffic today's score is that of the days to come: every close that counts is the present score already.</summary>
    public static bool AreSettled(in AccountBlock block)
    {
        if (block.Model.CloseDays == 0) return true;
        var state = new HealthState(block);
        foreach (var close in state.Closes)
        {
            if (close != HealthState.None && close != state.Head.Tenths) return false;
        }

        return true;
    }

    private static int Place(in AccountBlock block, int day) => Ring.Place(day, block.Model.CloseDays);
}
