using RealtimeAdoption.Engine.Intake;

namespace RealtimeAdoption.Web.Tests.Running;

/// <summary>Rejections in a list.</summary>
public sealed class RejectionsInMemory : IRejections
{
    private readonly List<Rejection> kept = [];

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Add(Rejection rejection)
    {
        lock (kept) kept.Add(rejection with { Id = kept.Count + 1 });
    }

    public ValueTask<IReadOnlyList<Rejection>> ReadAsync(long before, int limit, string? code, CancellationToken cancellationToken)
    {
        lock (kept)
        {
            IReadOnlyList<Rejection> found = [.. kept.Where(one => one.Id < before && (code is null || one.Code == code)).OrderByDescending(one => one.Id).Take(limit)];
            return ValueTask.FromResult(found);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
