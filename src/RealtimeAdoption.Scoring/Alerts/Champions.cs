using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>A user who was a super adopter on the day of their last activity.</summary>
internal sealed record Champion(string User, int LastDay, int Products);

/// <summary>The users whose silence is worth an alert.</summary>
internal static class Champions
{
    public const int LiveMax = 10;

    /// <summary>Those who have been silent for <c>after_days</c> and less than <c>users.active_days</c>, in ordinal order of their ids.</summary>
    public static List<Champion> Quiet(in AccountBlock block, AlertRule rule)
    {
        var quiet = new List<Champion>();
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (IsChampion(block, user, rule.AfterDays, out var last)) quiet.Add(new Champion(UserTable.Name(block, user), last, ProductsOn(block, user, last)));
        }

        quiet.Sort((a, b) => string.CompareOrdinal(a.User, b.User));
        return quiet;
    }

    /// <summary>The same of any. Allocates nothing.</summary>
    public static bool IsAnyQuiet(in AccountBlock block)
    {
        var rule = block.Model.Alerts.Of(HealthFacts.Segment(block), AlertType.ChampionQuiet);
        if (!rule.Enabled || rule.AfterDays >= block.Model.Definition.Users.ActiveDays) return false;
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (IsChampion(block, user, rule.AfterDays, out _)) return true;
        }

        return false;
    }

    /// <summary>The first day after today on which another will have been silent for long enough, if nobody comes back. Allocates nothing.</summary>
    public static int NextQuiet(in AccountBlock block)
    {
        var next = AccountBlock.Never;
        var rule = block.Model.Alerts.Of(HealthFacts.Segment(block), AlertType.ChampionQuiet);
        if (rule.AfterDays >= block.Model.Definition.Users.ActiveDays) return next;
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (IsChampion(block, user, 0, out var last) && last + rule.AfterDays > block.Day) next = Math.Min(next, last + rule.AfterDays);
        }

        return next;
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

    // A super adopter on the day of their last activity, which is so many days ago or more, and less than the days of an active user.
    private static bool IsChampion(in AccountBlock block, int user, int silentFrom, out int last)
    {
        last = 0;
        if (UserTable.IsEmpty(block, user)) return false;
        last = UserTable.LastDay(block, user);
        var silence = block.Day - last;
        var users = block.Model.Definition.Users;
        return silence >= silentFrom && silence < users.ActiveDays && ProductsOn(block, user, last) >= users.SuperAdopterProducts;
    }

    // Only the last day of each product is kept, and none is later than the user's last: so it is exact for that day.
    private static int ProductsOn(in AccountBlock block, int user, int day)
    {
        var activeDays = block.Model.Definition.Users.ActiveDays;
        var products = 0;
        for (var product = 0; product < block.Model.Products.Length; product++)
        {
            var last = UserTable.LastDay(block, user, product);
            if (last != 0 && last > day - activeDays) products++;
        }

        return products;
    }
}
