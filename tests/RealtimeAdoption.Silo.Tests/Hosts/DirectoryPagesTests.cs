using System.Text;
using RealtimeAdoption.Silo.Users;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class DirectoryPagesTests
{
    private const int Users = 1_000;
    private const int PageUsers = 100;

    [Fact]
    public async Task All_users_are_learned_though_the_partition_goes_to_another_owner_between_two_pages()
    {
        var (before, after, known) = (Owner(Enumerable.Range(0, Users)), Owner(Enumerable.Range(0, Users).Reverse()), new SiloDirectory());
        var asked = 0;
        await DirectoryPages.ReadAsync(from => Task.FromResult((asked++ < 6 ? before : after).Page(0, 7, from, PageUsers)), known.Learn);

        for (var i = 0; i < Users; i++)
        {
            Assert.True(known.TryFind(Encoding.UTF8.GetBytes($"user-{i}"), out var account), $"user-{i} is not known.");
            Assert.Equal($"account-{i}", account);
        }
    }

    [Fact]
    public async Task An_owner_that_stays_is_asked_for_each_page_once()
    {
        var (owner, asked) = (Owner(Enumerable.Range(0, Users)), new List<int>());
        await DirectoryPages.ReadAsync(
            from =>
            {
                asked.Add(from);
                return Task.FromResult(owner.Page(0, 7, from, PageUsers));
            },
            _ => { });
        Assert.Equal(Enumerable.Range(0, Users / PageUsers).Select(page => page * PageUsers), asked);
    }

    // In the order in which its checkpoint gave them.
    private static PartitionDirectory Owner(IEnumerable<int> users)
    {
        var directory = new PartitionDirectory();
        foreach (var i in users) directory.Load($"user-{i}", $"account-{i}");
        return directory;
    }
}
