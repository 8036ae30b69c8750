using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;

namespace RealtimeAdoption.Web.Board;

/// <summary>Where a hub's board comes from: it is made in this process, or in one silo for all of a cluster. Thread-safe.</summary>
public interface IBoardSource
{
    /// <summary>Null: there is none yet.</summary>
    BoardFrame? Latest { get; }

    /// <summary>Why the latest frame may not be the present, one sentence; null: it is.</summary>
    string? Trouble => null;

    /// <summary>Completes when there is a later frame than the one with this number; 0: than none.</summary>
    Task ChangedAsync(long sinceNumber, CancellationToken cancellationToken);
}

/// <summary>The board at one moment.</summary>
/// <param name="Number">Rising in its source, from 1.</param>
/// <param name="Epoch">Of whoever made it: frames of one epoch follow on from each other, those of two do not.</param>
/// <param name="Edition">Rises in an epoch whenever the document changes.</param>
/// <param name="Document">What is shown.</param>
/// <param name="Fleet">What it was made of.</param>
public sealed record BoardFrame(long Number, string Epoch, long Edition, BoardDocument Document, FleetState Fleet)
{
    /// <summary>Two documents with the same version are the same, in whatever process.</summary>
    public string Version => $"{Epoch}:{Edition}";
}
