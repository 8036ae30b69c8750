using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.TestKit.Contracts;

namespace RealtimeAdoption.Engine.Tests;

public sealed class MemoryScratchTests : IdScratchContract
{
    protected override IIdScratch Make() => new MemoryScratch();
}
