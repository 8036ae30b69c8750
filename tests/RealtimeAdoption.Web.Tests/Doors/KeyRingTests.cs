using Microsoft.Extensions.Options;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Web.Tests.Doors;

public sealed class KeyRingTests
{
    private static KeyRing Ring(params string[] writeKeys) => new(Options.Create(new AuthOptions { WriteKeys = writeKeys, ReadKeys = ["read-key-1"] }));

    [Fact]
    public void A_write_key_names_its_source_without_showing_itself()
    {
        var source = Ring("secret-write-key").FindWriter("secret-write-key"u8);
        Assert.NotNull(source);
        Assert.Matches("^key-[0-9a-f]{12}$", source.Name);
    }

    [Fact]
    public void The_source_stays_the_same_whatever_other_keys_there_are()
    {
        var alone = Ring("write-key-one").FindWriter("write-key-one"u8);
        var second = Ring("write-key-zero", "write-key-one").FindWriter("write-key-one"u8);
        Assert.Equal(alone!.Name, second!.Name);
    }

    [Fact]
    public void Unknown_empty_and_oversized_keys_open_nothing()
    {
        var ring = Ring("write-key-one");
        Assert.Null(ring.FindWriter("write-key-two"u8));
        Assert.Null(ring.FindWriter(default));
        Assert.Null(ring.FindWriter(new byte[5000]));
        Assert.Null(ring.FindReader("write-key-one"u8));
        Assert.NotNull(ring.FindReader("read-key-1"u8));
        Assert.Null(ring.FindAdmin("read-key-1"u8));
    }

    [Fact]
    public void An_admin_key_reads_too_and_sends_nothing()
    {
        var ring = new KeyRing(Options.Create(new AuthOptions { AdminKeys = ["admin-key-1"], ReadKeys = ["read-key-1"] }));
        Assert.NotNull(ring.FindAdmin("admin-key-1"u8));
        Assert.Equal(ring.FindAdmin("admin-key-1"u8)!.Name, ring.FindReader("admin-key-1"u8)!.Name);
        Assert.Null(ring.FindWriter("admin-key-1"u8));
    }

    [Fact]
    public void An_admin_key_that_is_another_key_too_is_refused()
    {
        var result = new AuthOptionsCheck().Validate(null, new AuthOptions { WriteKeys = ["the-write-key"], ReadKeys = ["the-read-key"], AdminKeys = ["the-write-key", "the-read-key", "good-key"] });
        Assert.Equal(["Auth:AdminKeys:0 is a write key", "Auth:AdminKeys:1 is a read key"], result.Failures!.Select(failure => failure[..failure.IndexOf(" too", StringComparison.Ordinal)]));
    }

    [Fact]
    public void Wrong_keys_are_all_named_at_once_by_their_place_only()
    {
        var result = new AuthOptionsCheck().Validate(null, new AuthOptions { WriteKeys = ["key", "with space in", "same-key-1", "same-key-1"], ReadKeys = ["same-key-1"] });
        Assert.Equal(5, result.Failures!.Count());
        Assert.DoesNotContain(result.Failures!, failure => failure.Contains("same-key", StringComparison.Ordinal) || failure.Contains("with space", StringComparison.Ordinal));
    }
}
