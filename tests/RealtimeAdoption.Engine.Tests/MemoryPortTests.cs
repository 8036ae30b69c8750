using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.TestKit.Contracts;
using RealtimeAdoption.TestKit.Memory;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The in-memory journal that drivers and tests run on keeps the port's contract.</summary>
public sealed class MemoryJournalTests : JournalContract, IAsyncDisposable
{
    private readonly MemoryJournal journal = new();

    protected override bool Durable => false;

    protected override IJournal Make() => journal;

    public ValueTask DisposeAsync() => journal.DisposeAsync();
}

/// <summary>The in-memory snapshots keep the port's contract.</summary>
public sealed class MemorySnapshotsTests : SnapshotsContract, IAsyncDisposable
{
    private readonly MemorySnapshots snapshots = new();

    protected override bool Durable => false;

    protected override ISnapshots Make() => snapshots;

    public ValueTask DisposeAsync() => snapshots.DisposeAsync();
}
