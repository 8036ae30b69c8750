using RealtimeAdoption.Engine.Ids;
using Xunit;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>What every <see cref="IIdScratch"/> does. An implementation's tests inherit it and say how to make one.</summary>
public abstract class IdScratchContract
{
    /// <summary>A new one, empty. The test disposes it.</summary>
    protected abstract IIdScratch Make();

    [Fact]
    public void A_block_is_read_as_it_was_written_last_whatever_the_order()
    {
        using var scratch = Make();
        var random = new Random(1);
        var expected = new Dictionary<int, byte[]>();
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[IIdScratch.BlockBytes];
            random.NextBytes(bytes);
            var block = random.Next(200);
            scratch.Write(block, bytes);
            expected[block] = bytes;
        }

        var read = new byte[IIdScratch.BlockBytes];
        foreach (var (block, bytes) in expected)
        {
            scratch.Read(block, read);
            Assert.Equal(bytes, read);
        }
    }

    [Fact]
    public void What_was_never_written_is_an_error_and_not_a_block()
    {
        using var scratch = Make();
        var bytes = new byte[IIdScratch.BlockBytes];
        Assert.Throws<IOException>(() => scratch.Read(0, bytes));

        scratch.Write(3, bytes);

        Assert.Throws<IOException>(() => scratch.Read(4, bytes));
    }

    [Fact]
    public void Two_know_nothing_of_each_other()
    {
        using var one = Make();
        using var other = Make();
        var (ones, twos, read) = (new byte[IIdScratch.BlockBytes], new byte[IIdScratch.BlockBytes], new byte[IIdScratch.BlockBytes]);
        Array.Fill(ones, (byte)1);
        Array.Fill(twos, (byte)2);

        one.Write(0, ones);
        other.Write(0, twos);

        one.Read(0, read);
        Assert.Equal(ones, read);
    }
}
