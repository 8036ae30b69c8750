using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RealtimeAdoption.LoadTest;

/// <summary>One keep-alive connection that sends its template again and again and reads each answer. A plain socket: an HTTP client would be the bottleneck.</summary>
public sealed class Connection(IPEndPoint server, RequestTemplate template, int requestsAtOnce) : IDisposable
{
    private readonly Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] answers = new byte[64 * 1024];
    private int start;
    private int end;

    /// <summary>Events accepted since <see cref="Measure"/> was set.</summary>
    public long Accepted { get; private set; }

    /// <summary>Answers 429 and 503.</summary>
    public long Shed { get; private set; }

    /// <summary>Ticks of <see cref="Stopwatch"/> from the sending of a request to its answer.</summary>
    public List<long> Waits { get; } = new(1 << 16);

    /// <summary>Counts only while it is set.</summary>
    public bool Measure { get; set; }

    public void Dispose() => socket.Dispose();

    public async Task RunAsync(CancellationToken stop)
    {
        await socket.ConnectAsync(server, CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            template.Renew();
            var sent = Stopwatch.GetTimestamp();
            for (var rest = template.Bytes; rest.Length > 0;) rest = rest[await socket.SendAsync(rest, SocketFlags.None, CancellationToken.None)..];
            for (var i = 0; i < requestsAtOnce; i++)
            {
                var (status, accepted) = await AnswerAsync();
                Count(status, accepted, Stopwatch.GetTimestamp() - sent);
            }
        }
    }

    private void Count(int status, long accepted, long wait)
    {
        if (status is 429 or 503)
        {
            if (Measure) Shed++;
            return;
        }

        if (status != 200) throw new InvalidOperationException($"The server answered {status}.");
        if (accepted != template.EventsPerRequest) throw new InvalidOperationException($"The server accepted {accepted} of {template.EventsPerRequest} events.");
        if (!Measure) return;
        Accepted += accepted;
        Waits.Add(wait);
    }

    private async ValueTask<(int Status, long Accepted)> AnswerAsync()
    {
        while (true)
        {
            if (TryRead(out var status, out var accepted)) return (status, accepted);
            if (start > 0)
            {
                answers.AsSpan(start, end - start).CopyTo(answers);
                (start, end) = (0, end - start);
            }

            if (end == answers.Length) throw new InvalidOperationException("An answer is too long.");
            var read = await socket.ReceiveAsync(answers.AsMemory(end), SocketFlags.None, CancellationToken.None);
            if (read == 0) throw new InvalidOperationException("The server closed the connection.");
            end += read;
        }
    }

    private bool TryRead(out int status, out long accepted)
    {
        status = 0;
        accepted = 0;
        var seen = answers.AsSpan(start, end - start);
        var headEnd = seen.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0) return false;
        var head = seen[..headEnd];
        var body = seen[(headEnd + 4)..];
        int length;
        if (Field(head, "Content-Length: "u8) is >= 0 and var given)
        {
            if (body.Length < given) return false;
            length = given;
        }
        else
        {
            // Chunked: the answers here are short, and a last chunk ends them.
            var last = body.IndexOf("0\r\n\r\n"u8);
            if (last < 0) return false;
            length = last + 5;
        }

        if (!Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out status, out _)) throw new InvalidOperationException("That is no HTTP answer.");
        body = body[..length];
        accepted = template.EventsPerRequest == 1 ? 1 : Math.Max(0, Field(body, "\"accepted\":"u8));
        start += headEnd + 4 + length;
        return true;
    }

    /// <summary>The whole number after a text; -1 where it is not there.</summary>
    private static int Field(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        var at = text.IndexOf(name);
        if (at < 0) return -1;
        text = text[(at + name.Length)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(text, out int value, out _) ? value : -1;
    }
}
