using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit.Contracts;

namespace RealtimeAdoption.Storage.Tests;

public sealed class SqliteRejectionsTests : RejectionsContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    protected override IRejections Make(int kept, int buffered) =>
        new SqliteRejections(new StorageOptions { Path = folder.Path, RejectionsKept = kept, RejectionsBuffered = buffered });

    [Fact]
    public async Task What_does_not_fit_the_buffer_is_counted_and_told_and_not_kept()
    {
        // Not opened yet: nothing drains the buffer.
        var log = new Lines();
        await using var store = new SqliteRejections(new StorageOptions { Path = folder.Path, RejectionsKept = 100, RejectionsBuffered = 10 }, log);
        for (var i = 0; i < 25; i++) store.Add(Numbered(i));
        Assert.Equal(15, store.Dropped);

        await store.OpenAsync(default);
        Assert.Equal(Enumerable.Range(0, 10).Reverse(), (await store.ReadAsync(long.MaxValue, 100, null, default)).Select(rejection => rejection.Index!.Value));
        await store.DisposeAsync();
        Assert.Equal("15 rejections came faster than they could be written and were not kept; 15 since the start.", Assert.Single(log.Told));
    }

    [Fact]
    public async Task A_rejection_is_on_the_disk_without_anyone_reading()
    {
        await using var store = await Open();
        store.Add(Numbered(1));

        using var reader = Database.OpenReader(Path.Combine(folder.Path, "rejections.db"), cacheMiB: 1);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (reader.Number("SELECT count(*) FROM rejections") == 0) await timer.WaitForNextTickAsync(patience.Token);
    }

    [Fact]
    public async Task Reading_a_store_that_is_not_open_says_so()
    {
        await using var store = Make(10, 10);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.ReadAsync(1, 1, null, default));
    }

    private sealed class Lines : ILogger<SqliteRejections>
    {
        public ConcurrentQueue<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Enqueue(formatter(state, exception));
    }
}
