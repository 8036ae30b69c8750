using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>A user who was a super adopter on the day of their last activity.</summary>
internal sealed record Champion(string User, int LastDay, int Products);

/// <summary>The users whose silence is worth an alert.</summary>
internal static class Champions
{
    public const int LiveMax = 10;

    /// <summary>
    /// Those who have been silent for <c>after_days</c> and less than <c>users.active_days</c>, in ordinal order of their ids. <paramref name="next"/>: the first day after today on which
    /// another will have been, if nobody comes back.
    /// </summary>
    public static List<Champion> Quiet(in AccountBlock block, AlertRule rule, out int next)
    {
        next = AccountBlock.Never;
        var quiet = new List<Champion>();
        var users = block.Model.Definition.Users;
        if (rule.AfterDays >= users.ActiveDays) return quiet;
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (UserTable.IsEmpty(block, user)) continue;
            var last = UserTable.LastDay(block, user);
            var silence = block.Day - last;
            if (silence >= users.ActiveDays) continue;
            var products = ProductsOn(block, user, last, users.ActiveDays);
            if (products < users.SuperAdopterProducts) continue;
            if (silence >= rule.AfterDays) quiet.Add(new Champion(UserTable.Name(block, user), last, products));
            else next = Math.Min(next, last + rule.AfterDays);
        }

        quiet.Sort((a, b) => string.CompareOrdinal(a.User, b.User));
        return quiet;
    }

    /// <summary>The day of a user's last activity; null: none is known, so there was none later than any that was seen before.</summary>
    public static int? LastDayOf(in AccountBlock block, string user)
    {
        var index = KeyedTable.Find(block, block.Layout.Users, block.Layout.UserEntrySize, StableHash.Of(Encoding.UTF8.GetBytes(user)) | 1);
        return index < 0 ? null : UserTable.LastDay(block, index);
    }

    /// <summary>The first day after today on which a user is no active one any more, if nobody comes back.</summary>
    public static int NextInactive(in AccountBlock block)
    {
        var next = AccountBlock.Never;
        var activeDays = block.Model.Definition.Users.ActiveDays;
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (UserTable.IsEmpty(block, user)) continue;
            var inactive = UserTable.LastDay(block, user) + activeDays;
            if (inactive > block.Day) next = Math.Min(next, inactive);
        }

        return next;
    }

    // Only the last day of each product is kept, and none is later than the user's last: so it is exact for that day.
    private static int ProductsOn(in AccountBlock block, int user, int day, int activeDays)
    {
        var products = 0;
        for (var product = 0; product < block.Model.Products.Length; product++)
        {
            var last = UserTable.LastDay(block, user, product);
            if (last != 0 && last > day - activeDays) products++;
        }

        return products;
    }
}
