using System.Text;

namespace RealtimeAdoption.Storage.Tests;

public sealed class SegmentCodecTests
{
    [Fact]
    public void Whatever_is_compressed_comes_back()
    {
        const int Seed = 20_261;
        var random = new Random(Seed);
        for (var i = 0; i < 4_000; i++)
        {
            var source = Sample(random, random.Next(i % 100 == 0 ? 300_000 : 400));
            var packed = new byte[Lz4Block.MaxCompressedLength(source.Length)];
            var length = Lz4Block.Compress(source, packed);
            var back = new byte[source.Length];

            Assert.True(Lz4Block.TryDecompress(packed.AsSpan(0, length), back), $"Seed {Seed}, sample {i}: does not decompress.");
            Assert.True(source.AsSpan().SequenceEqual(back), $"Seed {Seed}, sample {i}: came back different.");
        }
    }

    [Fact]
    public void Damaged_blocks_never_read_or_write_outside_and_never_throw()
    {
        const int Seed = 20_262;
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var source = Sample(random, random.Next(1, 600));
            var packed = new byte[Lz4Block.MaxCompressedLength(source.Length)];
            var length = Lz4Block.Compress(source, packed);
            for (var flips = random.Next(1, 4); flips > 0; flips--) packed[random.Next(length)] ^= (byte)random.Next(1, 256);
            if (random.Next(3) == 0) length = random.Next(length + 1);

            // Guards on both sides of the target.
            var room = new byte[source.Length + 128];
            room.AsSpan().Fill(0xA5);
            Lz4Block.TryDecompress(packed.AsSpan(0, length), room.AsSpan(64, source.Length));
            Assert.True(!room.AsSpan(0, 64).ContainsAnyExcept((byte)0xA5) && !room.AsSpan(64 + source.Length).ContainsAnyExcept((byte)0xA5), $"Seed {Seed}, sample {i}.");
        }
    }

    [Fact]
    public void A_block_of_another_length_is_refused()
    {
        var source = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("abcdefgh", 100)));
        var packed = new byte[Lz4Block.MaxCompressedLength(source.Length)];
        var length = Lz4Block.Compress(source, packed);

        Assert.False(Lz4Block.TryDecompress(packed.AsSpan(0, length), new byte[source.Length - 1]));
        Assert.False(Lz4Block.TryDecompress(packed.AsSpan(0, length), new byte[source.Length + 1]));
        Assert.False(Lz4Block.TryDecompress([], new byte[1]));
    }

    [Fact]
    public void A_block_of_the_reference_library_is_read()
    {
        // Made by LZ4_compress_default of liblz4 1.9.4. This block never changes, for stored journals hold its like.
        var block = Convert.FromHexString(
            "f8156163636f756e743d61636d65303b6576656e743d636f6e746163745f637265617465643b24001f312400101f322400100f6c004d1f00010014c0656e64206f6620626c6f636b");
        var text = string.Concat(Enumerable.Range(0, 6).Select(i => $"account=acme{i % 3};event=contact_created;")) + new string('\0', 40) + "end of block";
        var back = new byte[text.Length];

        Assert.True(Lz4Block.TryDecompress(block, back));
        Assert.Equal(text, Encoding.UTF8.GetString(back));
    }

    [Fact]
    public void Noise_and_small_segments_are_stored_as_they_are()
    {
        var noise = new byte[10_000];
        new Random(1).NextBytes(noise);
        var room = new byte[SegmentCodec.MaxPackedLength(noise.Length)];

        Assert.Equal(SegmentPacking.None, SegmentCodec.Pack(noise, room, out _));
        Assert.Equal(SegmentPacking.None, SegmentCodec.Pack(new byte[SegmentCodec.PackFrom - 1], room, out _));
        Assert.Equal(SegmentPacking.Lz4, SegmentCodec.Pack(new byte[SegmentCodec.PackFrom], room, out var length));
        Assert.InRange(length, 1, 40);
    }

    [Fact]
    public void A_checksum_covers_each_field_of_the_head()
    {
        var head = new SegmentHead(1, 2, 3, SegmentPacking.Lz4, 4, 5, 6);
        SegmentHead[] others =
        [
            head with { Partition = 9 }, head with { FirstPosition = 9 }, head with { Count = 9 }, head with { Packing = SegmentPacking.None },
            head with { Length = 9 }, head with { ReceivedFromMs = 9 }, head with { ReceivedThroughMs = 9 },
        ];

        Assert.Equal(SegmentCodec.Checksum(head, "body"u8), SegmentCodec.Checksum(head, "body"u8));
        Assert.All(others, other => Assert.NotEqual(SegmentCodec.Checksum(head, "body"u8), SegmentCodec.Checksum(other, "body"u8)));
        Assert.NotEqual(SegmentCodec.Checksum(head, "body"u8), SegmentCodec.Checksum(head, "bodz"u8));
    }

    /// <summary>Mixes of noise, runs, and repeats from near and far.</summary>
    private static byte[] Sample(Random random, int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var run = Math.Min(random.Next(1, 1 + (1 << random.Next(1, 12))), length - at);
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(bytes.AsSpan(at, run));
                    break;
                case 1:
                    bytes.AsSpan(at, run).Fill((byte)random.Next(256));
                    break;
                default:
                    var from = at == 0 ? 0 : random.Next(at);
                    for (var i = 0; i < run; i++) bytes[at + i] = bytes[from + i];
                    break;
            }

            at += run;
        }

        return bytes;
    }
}
