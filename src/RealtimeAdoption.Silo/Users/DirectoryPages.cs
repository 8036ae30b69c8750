namespace RealtimeAdoption.Silo.Users;

/// <summary>Reads all users of a partition, page by page.</summary>
internal static class DirectoryPages
{
    /// <summary>Where the partition goes to another owner in between, from the beginning again: its pages do not follow on those of the one before.</summary>
    /// <param name="ask">For the page that begins at a place.</param>
    /// <param name="learn">May be told of a user more than once.</param>
    public static async Task ReadAsync(Func<int, Task<DirectoryPage>> ask, Action<DirectoryNews> learn)
    {
        for (var (from, order) = (0, 0L); ;)
        {
            var page = await ask(from);
            if (from > 0 && page.Order != order)
            {
                from = 0;
                continue;
            }

            learn(page.News);
            if (page.Next == 0) return;
            (from, order) = (page.Next, page.Order);
        }
    }
}
