namespace RealtimeAdoption.Storage.Tests;

public sealed class StorageOptionsTests
{
    [Fact]
    public void The_defaults_are_in_order() => Assert.Empty(new StorageOptions().Check());

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var errors = new StorageOptions { Path = " ", CheckpointMiB = 0, RejectionsKept = 0, RejectionsBuffered = -1 }.Check();

        Assert.Equal(4, errors.Count);
        Assert.Contains("Storage:Path is empty; it must name a folder.", errors);
        Assert.Contains("Storage:RejectionsKept is 0; it must be between 1 and 10000000.", errors);
    }
}
