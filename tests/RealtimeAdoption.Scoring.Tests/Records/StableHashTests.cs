using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Tests.Records;

/// <summary>The hash is stored in journals: these values stand for ever.</summary>
public sealed class StableHashTests
{
    private const uint Prime = 2654435761;

    /// <summary>The vectors of xxHash's own sanity check: lengths 0, 1, 14 and 101 of its generated buffer, without and with a seed.</summary>
    [Theory]
    [InlineData(0, 0, 0xEF46DB3751D8E999)]
    [InlineData(0, Prime, 0xAC75FDA2929B17EF)]
    [InlineData(1, 0, 0x4FCE394CC88952D8)]
    [InlineData(1, Prime, 0x739840CB819FA723)]
    [InlineData(14, 0, 0xCFFA8DB881BC3A3D)]
    [InlineData(14, Prime, 0x5B9611585EFCC9CB)]
    [InlineData(101, 0, 0x0EAB543384F878AD)]
    [InlineData(101, Prime, 0xCAA65939306F1E21)]
    public void It_gives_the_vectors_of_the_specification(int length, uint seed, ulong hash)
    {
        var buffer = new byte[101];
        var generator = Prime;
        for (var i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)(generator >> 24);
            generator *= generator;
        }

        Assert.Equal(hash, StableHash.Of(buffer.AsSpan(0, length), seed));
    }

    /// <summary>Published values of texts whose lengths take each way through the tail: 8, 4 and 1 bytes, with and without stripes of 32.</summary>
    [Theory]
    [InlineData("", 0, 0xEF46DB3751D8E999)]
    [InlineData("", 1, 0xD5AFBA1336A3BE4B)]
    [InlineData("a", 0, 0xD24EC4F1A98C6E5B)]
    [InlineData("as", 0, 0x1C330FB2D66BE179)]
    [InlineData("abc", 0, 0x44BC2CF5AD770999)]
    [InlineData("asd", 0, 0x631C37CE72A97393)]
    [InlineData("asdf", 0, 0x415872F599CEA71E)]
    [InlineData("Call me Ishmael.", 0, 0x6D04390FC9D61A90)]
    [InlineData("Nobody inspects the spammish repetition", 0, 0xFBCEA83C8A378BF1)]
    [InlineData("Some years ago--never mind how long precisely-", 0, 0x8F26F2B986AFDC52)]
    [InlineData("Call me Ishmael. Some years ago--never mind how long precisely-", 0, 0x02A2E85470D6FD96)]
    public void It_gives_the_published_hashes_of_texts(string text, ulong seed, ulong hash)
    {
        Assert.Equal(hash, StableHash.Of(Encoding.UTF8.GetBytes(text), seed));
        if (seed == 0) Assert.Equal(hash, StableHash.Of(text));
    }

    [Fact]
    public void It_does_not_depend_on_where_the_bytes_lie()
    {
        var data = Enumerable.Range(0, 300).Select(i => (byte)(i * 7)).ToArray();
        for (var length = 0; length <= 200; length++)
        {
            var expected = StableHash.Of(data.AsSpan(0, length).ToArray(), 42);
            for (var shift = 1; shift < 8; shift++)
            {
                var moved = new byte[length + shift];
                data.AsSpan(0, length).CopyTo(moved.AsSpan(shift));
                Assert.Equal(expected, StableHash.Of(moved.AsSpan(shift), 42));
            }
        }
    }

    [Fact]
    public void Combining_minds_the_order()
    {
        Assert.NotEqual(StableHash.Combine(1, 2), StableHash.Combine(2, 1));
        Assert.NotEqual(StableHash.Combine(0, 1), StableHash.Combine(1, 0));
    }
}
