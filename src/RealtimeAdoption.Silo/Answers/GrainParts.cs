using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>Asks the grains of partitions, wherever they are; one that is being taken over is asked again. Thread-safe.</summary>
/// <param name="grains">Of the silo.</param>
/// <param name="models">Of the silo.</param>
/// <param name="partitions">Of the store.</param>
internal sealed class GrainParts(IGrainFactory grains, SiloModels models, int partitions) : IPartitionParts
{
    public Task<IReadOnlyList<IReadOnlyList<FleetRow>>> RowsAsync(AccountQuery query, CancellationToken cancellationToken)
    {
        var form = PageForm.Write(query);
        return OfAllAsync(grain => grain.Accounts(form), (page, model) => (IReadOnlyList<FleetRow>)PageForm.Read<FleetRow[]>(page, model), [], cancellationToken);
    }

    public Task<IReadOnlyList<IReadOnlyList<FleetAlert>>> AlertsAsync(AlertQuery query, CancellationToken cancellationToken)
    {
        var form = PageForm.Write(query);
        return OfAllAsync(grain => grain.Alerts(form), PageForm.ReadAlerts, [], cancellationToken);
    }

    public Task<IReadOnlyList<AlertStorms>> StormsAsync(AlertQuery query, CancellationToken cancellationToken)
    {
        var form = PageForm.Write(query);
        return OfAllAsync(grain => grain.AlertStorms(form), (page, _) => PageForm.ReadStorms(page), new AlertStorms(), cancellationToken);
    }

    public Task<IReadOnlyList<IReadOnlyList<QuarantinedRecord>>> QuarantinedAsync(CancellationToken cancellationToken) =>
        OfAllAsync(grain => grain.Quarantine(), (page, _) => (IReadOnlyList<QuarantinedRecord>)PageForm.Read<QuarantinedRecord[]>(page), [], cancellationToken);

    public Task<ScoreMovers> MoversAsync(int partition, CancellationToken cancellationToken) =>
        OfAsync(partition, grain => grain.ScoreMovers(), PageForm.ReadMovers, new ScoreMovers(), cancellationToken);

    public async Task<IReadOnlyList<StoredChange>?> FreshHistoryAsync(int partition, string account, long before, int limit, CancellationToken cancellationToken)
    {
        var page = await Patience.AskAsync(() => Partition(partition).History(account, before, limit), cancellationToken);
        return page is null ? null : PageForm.ReadChanges(page.Form);
    }

    public async Task<IReadOnlyList<StoredChange>> FreshFeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) =>
        PageForm.ReadChanges((await Patience.AskAsync(() => Partition(partition).Feed(after, limit), cancellationToken)).Form);

    private async Task<IReadOnlyList<T>> OfAllAsync<T>(Func<IPartitionGrain, Task<PartitionPage>> ask, Func<byte[], CompiledModel, T> read, T none, CancellationToken cancellationToken) =>
        await Task.WhenAll(Enumerable.Range(0, partitions).Select(partition => OfAsync(partition, ask, read, none, cancellationToken)));

    // A page of a model that nobody can tell any more is asked for again.
    private async Task<T> OfAsync<T>(int partition, Func<IPartitionGrain, Task<PartitionPage>> ask, Func<byte[], CompiledModel, T> read, T none, CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await Patience.AskAsync(() => ask(Partition(partition)), cancellationToken);
            if (page.Model == 0) return none;
            if (await models.OfAsync(page.Model, partition, cancellationToken) is { } model) return read(page.Form, model);
        }
    }

    private IPartitionGrain Partition(int index) => grains.GetGrain<IPartitionGrain>(index);
}
