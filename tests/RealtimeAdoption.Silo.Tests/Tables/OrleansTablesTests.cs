using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Silo.Tests.Tables;

public interface INoteGrain : IGrainWithStringKey
{
    Task<string?> Read();

    Task Write(string text);

    /// <summary>As an activation would that has read nothing.</summary>
    Task WriteUnread(string text);

    Task Clear();

    Task Forget();

    Task<int> Remind(string name);

    Task<bool> Unremind(string name);
}

[GenerateSerializer]
public sealed class Note
{
    [Id(0)]
    public string? Text { get; set; }
}

public sealed class NoteGrain([PersistentState("note", "adonet")] IPersistentState<Note> note) : Grain, INoteGrain, IRemindable
{
    public Task<string?> Read() => Task.FromResult(note.State.Text);

    public Task Write(string text)
    {
        note.State.Text = text;
        return note.WriteStateAsync();
    }

    public Task WriteUnread(string text)
    {
        var storage = ServiceProvider.GetRequiredKeyedService<IGrainStorage>("adonet");
        return storage.WriteStateAsync("note", GrainContext.GrainId, new GrainState<Note> { State = new Note { Text = text } });
    }

    public Task Clear() => note.ClearStateAsync();

    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<int> Remind(string name)
    {
        await this.RegisterOrUpdateReminder(name, TimeSpan.FromMinutes(5), TimeSpan.FromDays(40));
        return (await this.GetReminders()).Count;
    }

    public async Task<bool> Unremind(string name)
    {
        if (await this.GetReminder(name) is not { } reminder) return false;
        await this.UnregisterReminder(reminder);
        return true;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;
}

public sealed class OrleansTablesTests
{
    [Fact]
    public async Task Silos_cluster_remind_and_keep_states_in_the_tables_that_we_make()
    {
        var options = await NewOptionsAsync();
        // From several silos at once, and again.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new OrleansTables(options).CreateAsync(null, default)));
        await new OrleansTables(options).CreateAsync(null, default);
        var builder = new TestClusterBuilder(3);
        builder.Options.UseTestClusterMembership = false;
        builder.Properties["postgres"] = new OrleansTables(options).ConnectionString(8);
        builder.AddSiloBuilderConfigurator<Silos>();
        builder.AddClientBuilderConfigurator<Client>();
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var management = cluster.GrainFactory.GetGrain<IManagementGrain>(0);
        Assert.Equal(3, (await management.GetHosts(onlyActive: true)).Count);

        await AssertStates(cluster);
        await AssertReminders(cluster);

        await cluster.StartAdditionalSiloAsync();
        await cluster.KillSiloAsync(cluster.SecondarySilos[0]);
        Assert.Equal(3, await Eventually(async () => (await management.GetHosts(onlyActive: true)).Count, hosts => hosts == 3));
        Assert.Equal("kept", await Eventually(() => cluster.GrainFactory.GetGrain<INoteGrain>("other").Read(), note => note == "kept"));
    }

    [Fact]
    public async Task An_operators_scripts_are_run_once_each_and_stand_in_the_place_of_ours()
    {
        var options = await NewOptionsAsync();
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "A-Second.sql"), "INSERT INTO OrleansQuery VALUES ('one', 'SELECT 1')");
            await File.WriteAllTextAsync(Path.Combine(folder, "Z-Main.sql"), "CREATE TABLE OrleansQuery(QueryKey text PRIMARY KEY, QueryText text)");
            for (var i = 0; i < 2; i++) await new OrleansTables(options).CreateAsync(folder, default);

            await Assert.ThrowsAsync<InvalidOperationException>(() => new OrleansTables(options).CreateAsync(null, default));
            await File.AppendAllTextAsync(Path.Combine(folder, "A-Second.sql"), ";");
            var changed = await Assert.ThrowsAsync<InvalidOperationException>(() => new OrleansTables(options).CreateAsync(folder, default));
            Assert.Contains("A-Second.sql", changed.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task AssertStates(TestCluster cluster)
    {
        var note = cluster.GrainFactory.GetGrain<INoteGrain>("one");
        Assert.Null(await note.Read());
        await note.Write("first");
        await note.Write("second");
        await note.Forget();
        Assert.Equal("second", await Eventually(note.Read, text => text is not null));
        await Assert.ThrowsAsync<InconsistentStateException>(() => note.WriteUnread("over it"));
        await note.Clear();
        await note.Write("third");
        await note.Forget();
        Assert.Equal("third", await Eventually(note.Read, text => text is not null));
        await cluster.GrainFactory.GetGrain<INoteGrain>("other").Write("kept");
    }

    private static async Task AssertReminders(TestCluster cluster)
    {
        var note = cluster.GrainFactory.GetGrain<INoteGrain>("one");
        Assert.Equal(1, await note.Remind("a"));
        Assert.Equal(2, await note.Remind("b"));
        Assert.Equal(2, await note.Remind("a"));
        Assert.True(await note.Unremind("a"));
        Assert.False(await note.Unremind("a"));
        Assert.Equal(2, await note.Remind("c"));
    }

    private static async Task<T> Eventually<T>(Func<Task<T>> ask, Func<T, bool> isIt)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                var answer = await ask().WaitAsync(TimeSpan.FromSeconds(5));
                if (isIt(answer) || patience.IsCancellationRequested) return answer;
            }
            catch (Exception error) when (error is TimeoutException or OrleansException && !patience.IsCancellationRequested)
            {
                // It went to the silo that was killed.
            }

            await Task.Delay(50);
        }
    }

    private static async Task<StorageOptions> NewOptionsAsync()
    {
        var server = await PostgresServer.SharedAsync();
        return new StorageOptions { Kind = "postgres", ConnectionString = await server.NewDatabaseAsync(), Schema = "adoption" };
    }

    private sealed class Silos : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var connection = siloBuilder.Configuration["postgres"]!;
            siloBuilder.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", connection));
            siloBuilder.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = ("Npgsql", connection));
            siloBuilder.AddAdoNetGrainStorage("adonet", storage => (storage.Invariant, storage.ConnectionString) = ("Npgsql", connection));
        }
    }

    private sealed class Client : IClientBuilderConfigurator
    {
        public void Configure(IConfiguration configuration, IClientBuilder clientBuilder)
        {
            var connection = configuration["postgres"]!;
            clientBuilder.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", connection));
        }
    }
}
