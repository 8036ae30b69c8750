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

    [Fact]
    public void PostgreSQL_needs_a_connection_string_that_can_be_read_and_a_plain_schema()
    {
        Assert.Empty(new StorageOptions { Kind = "Postgres", ConnectionString = "Host=db;Username=u;Password=p" }.Check());
        Assert.Contains("names no Host", Assert.Single(new StorageOptions { Kind = "postgres" }.Check()), StringComparison.Ordinal);
        var error = Assert.Single(new StorageOptions { Kind = "postgres", ConnectionString = "Host=db;Pasword=secret" }.Check());
        Assert.Contains("cannot be read", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.Contains("Storage:Schema is 'a; b'", Assert.Single(new StorageOptions { Kind = "postgres", ConnectionString = "Host=db", Schema = "a; b" }.Check()), StringComparison.Ordinal);
        Assert.Equal("Storage:Kind is 'mysql'; it must be sqlite or postgres.", Assert.Single(new StorageOptions { Kind = "mysql" }.Check()));
    }
}
