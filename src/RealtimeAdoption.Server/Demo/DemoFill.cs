using System.Threading.Channels;

namespace RealtimeAdoption.Server.Demo;

/// <summary>Sends the customers' profiles and histories through the doors, customer after customer, so that the board fills up while it runs.</summary>
public sealed class DemoFill(DemoDoor door, DemoFolder folder, CustomerBase customers)
{
    private const int EventsPerRequest = 2000;
    private const int Senders = 3;

    /// <param name="progress">Told the number of customers sent so far.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays, and doing it again does no harm.</param>
    /// <returns>Events sent.</returns>
    public async Task<long> RunAsync(Action<int> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var parcels = Channel.CreateBounded<Parcel>(Senders * 2);
        var sent = 0L;
        var done = 0;
        var senders = Enumerable.Range(0, Senders).Select(_ => SendAsync()).ToArray();
        await Task.WhenAll([MakeAsync(), .. senders]);
        return sent;

        async Task SendAsync()
        {
            try
            {
                await foreach (var parcel in parcels.Reader.ReadAllAsync(stop.Token))
                {
                    foreach (var customer in parcel.Customers)
                        await door.PutAsync(customer, customer.Contract, customer.Character == Character.Churned, stop.Token);
                    await door.ImportAsync(parcel.Events, stop.Token);
                    Interlocked.Add(ref sent, parcel.Events.Count);
                    progress(Interlocked.Add(ref done, parcel.Customers.Count));
                }
            }
            catch
            {
                // One that fails stops the others: they would wait for it for ever.
                await stop.CancelAsync();
                throw;
            }
        }

        async Task MakeAsync()
        {
            var parcel = new Parcel([], []);
            foreach (var customer in customers.Customers)
            {
                parcel.Customers.Add(customer);
                foreach (var made in new History(customer, folder.Seed, folder.HistoryEnd).Events()) parcel.Events.Add((customer.Id, made));
                if (parcel.Events.Count < EventsPerRequest) continue;
                await parcels.Writer.WriteAsync(parcel, stop.Token);
                parcel = new Parcel([], []);
            }

            if (parcel.Customers.Count > 0) await parcels.Writer.WriteAsync(parcel, stop.Token);
            parcels.Writer.Complete();
        }
    }

    private sealed record Parcel(List<Customer> Customers, List<(string Account, DemoEvent Event)> Events);
}
