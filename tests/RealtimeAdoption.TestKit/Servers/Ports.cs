using System.Net;
using System.Net.Sockets;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>Ports of this machine for servers that must know theirs before they start, or come back to it.</summary>
public static class Ports
{
    /// <summary>One that nobody listens on. Below the range from which most systems take ports for outgoing connections: one of those would have it while its server is away.</summary>
    public static int Free()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(15_000, 32_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
