namespace RealtimeAdoption.Engine.Intake;

/// <summary>One refused item: enough to find and mend it at its source.</summary>
public sealed record Rejection
{
    /// <summary>Given by the store, rising.</summary>
    public long Id { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The door's path, e.g. <c>/v1/batch</c>.</summary>
    public required string Door { get; init; }

    /// <summary>The source's name (never the write key itself); null where the key was refused.</summary>
    public string? Source { get; init; }

    /// <summary>Place in the request, from 0; null for a whole body.</summary>
    public int? Index { get; init; }
    public string? MessageId { get; init; }
    public string? Account { get; init; }

    /// <summary>See the API page: invalid_json, no_account, ...</summary>
    public required string Code { get; init; }
    public required string Detail { get; init; }

    /// <summary>The first 512 characters of the item as it came.</summary>
    public string? Sample { get; init; }
}

/// <summary>Keeps the latest rejections (a bounded number, oldest go first), durable within seconds. Thread-safe.</summary>
public interface IRejections : IAsyncDisposable
{
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Never blocks and never fails the caller; beyond the buffer's bound the newest are counted, not kept.</summary>
    void Add(Rejection rejection);

    /// <summary>Newest first, with an id below <paramref name="before"/>.</summary>
    ValueTask<IReadOnlyList<Rejection>> ReadAsync(long before, int limit, string? code, CancellationToken cancellationToken);
}
