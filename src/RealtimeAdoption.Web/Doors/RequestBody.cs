using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Doors;

/// <summary>The bytes of all request bodies in work, against their limit. Thread-safe.</summary>
public sealed class BodyBudget(IOptions<DoorOptions> options)
{
    private readonly long max = options.Value.BytesInFlightMax;
    private long taken;

    public long Taken => Volatile.Read(ref taken);

    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref taken, bytes) <= max) return true;
        Interlocked.Add(ref taken, -bytes);
        return false;
    }

    public void Return(int bytes) => Interlocked.Add(ref taken, -bytes);
}

/// <summary>
/// A request's body, unpacked, in one pooled buffer. It grows with what has really come, never with what a header announces; unpacking stops at the limit, so a
/// small body that unpacks to a huge one costs no more than the limit. Dispose returns the memory.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBytes = 16 << 10;
    private readonly BodyBudget budget;
    private int charged;

    private RequestBody(BodyBudget budget) => this.budget = budget;

    public byte[] Bytes { get; private set; } = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => Bytes.AsSpan(0, Length);

    /// <summary>Why the body could not be taken; null when it was.</summary>
    public BodyFailure? Failure { get; private set; }

    /// <param name="context">Of the request.</param>
    /// <param name="budget">Memory for all bodies.</param>
    /// <param name="bytesMax">Unpacked.</param>
    /// <param name="tooLargeAdvice">What to do about a body of more: a sentence.</param>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, BodyBudget budget, int bytesMax, string tooLargeAdvice = "Split it.")
    {
        var body = new RequestBody(budget);
        try
        {
            body.Failure = await body.FillAsync(context, bytesMax, tooLargeAdvice);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Bytes.Length > 0) ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = [];
        Length = 0;
        budget.Return(charged);
        charged = 0;
    }

    private async ValueTask<BodyFailure?> FillAsync(HttpContext context, int bytesMax, string tooLargeAdvice)
    {
        var request = context.Request;
        var tooLarge = new BodyFailure(StatusCodes.Status413PayloadTooLarge, RefusalCode.TooLarge, $"The body has more than {bytesMax} bytes (unpacked). {tooLargeAdvice}");
        if (request.ContentLength > bytesMax) return tooLarge;

        // Our own limit stands; the server's default is less than a bulk body may have.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return await FillFromAsync(request.Body, request.ContentLength, bytesMax, tooLarge, context.RequestAborted);

        await using var packed = new CappedStream(request.Body, bytesMax);
        Stream? unpacked = encoding.ToUpperInvariant() switch
        {
            "GZIP" or "X-GZIP" => new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true),
            "BR" => new BrotliStream(packed, CompressionMode.Decompress, leaveOpen: true),
            _ => null,
        };
        if (unpacked is null)
            return new BodyFailure(StatusCodes.Status415UnsupportedMediaType, RefusalCode.UnsupportedMediaType, "Content-Encoding must be gzip, br or identity.");
        await using (unpacked)
        {
            try
            {
                return await FillFromAsync(unpacked, null, bytesMax, tooLarge, context.RequestAborted);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                return new BodyFailure(StatusCodes.Status400BadRequest, RefusalCode.InvalidJson, $"The body cannot be unpacked as {encoding}.");
            }
        }
    }

    private async ValueTask<BodyFailure?> FillFromAsync(Stream stream, long? announced, int bytesMax, BodyFailure tooLarge, CancellationToken cancellationToken)
    {
        // One byte more than announced, so that the read that finds the end needs no larger buffer.
        if (!Grow((int)Math.Clamp((announced ?? FirstBytes) + 1, 512, FirstBytes))) return BodyFailure.Busy;
        while (true)
        {
            var read = await stream.ReadAsync(Bytes.AsMemory(Length), cancellationToken);
            if (read == 0) return null;
            Length += read;
            if (Length > bytesMax) return tooLarge;
            if (Length == Bytes.Length && !Grow((int)Math.Min(Length * 2L, bytesMax + 1L))) return BodyFailure.Busy;
        }
    }

    private bool Grow(int bytes)
    {
        if (!budget.TryTake(bytes - charged)) return false;
        charged = bytes;
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        Span.CopyTo(larger);
        if (Bytes.Length > 0) ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = larger;
        return true;
    }

    // A packed body of endless members that unpack to nothing would otherwise never end.
    private sealed class CappedStream(Stream inner, long bytesMax) : Stream
    {
        private long left = bytesMax;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            left -= read;
            if (left < 0) throw new InvalidDataException("The packed body is over the limit.");
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>Why a whole body was not taken.</summary>
internal sealed record BodyFailure(int Status, string Code, string Detail)
{
    public static readonly BodyFailure Busy = new(StatusCodes.Status503ServiceUnavailable, RefusalCode.Overloaded, "Too many bodies are in work. Send it all again later.");
}
