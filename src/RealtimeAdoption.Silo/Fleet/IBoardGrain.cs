using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>The board of the whole cluster; the key is 0. Any silo reports to it and asks it; where it is lost it begins again, in another silo, with another epoch, and is told everything anew.</summary>
[Alias("RealtimeAdoption.Board")]
public interface IBoardGrain : IGrainWithIntegerKey
{
    /// <summary>What the partitions of a silo have come to.</summary>
    [Alias("Report")]
    Task<BoardAck> Report(BoardReport report);

    /// <summary>The board as soon as it is another one than the silo has, or after a second.</summary>
    [Alias("Next")]
    Task<BoardPush> Next(BoardAsk ask);
}

/// <param name="Shares">Of partitions, in their binary form: those that have changed since the silo told them last.</param>
/// <param name="Partitions">All that have their owners in the silo.</param>
/// <param name="Epochs">Of those owners, in the same order.</param>
/// <param name="ToldTo">Epoch of the board that knows what the shares leave out, and no other may take them; empty: they are whole.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.BoardReport")]
public sealed record BoardReport([property: Id(0)] byte[][] Shares, [property: Id(1)] int[] Partitions, [property: Id(2)] long[] Epochs, [property: Id(3)] string ToldTo = "");

/// <param name="Epoch">Of the board: with another one than before, everything is to be told again.</param>
/// <param name="Untaken">Partitions whose shares could not be read now: they are to be told again.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.BoardAck")]
public sealed record BoardAck([property: Id(0)] string Epoch, [property: Id(1)] int[] Untaken);

/// <summary>What a silo has.</summary>
/// <param name="Epoch">Of the board; empty: it has none.</param>
/// <param name="Number">Of the frame.</param>
/// <param name="Edition">Of its document.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.BoardAsk")]
public sealed record BoardAsk([property: Id(0)] string Epoch, [property: Id(1)] long Number, [property: Id(2)] long Edition);

/// <summary>The board as it is now.</summary>
/// <param name="Epoch">Of the board.</param>
/// <param name="Term">The same as a number that rises from one epoch to the next.</param>
/// <param name="Number">Of the frame; 0: there is none yet.</param>
/// <param name="Edition">Of its document.</param>
/// <param name="ModelPartition">A partition that lives by the model of the counts; -1: none has any yet.</param>
/// <param name="Fleet">Counts, ends and days in their binary form; null: the silo has them.</param>
/// <param name="Document">As JSON; null: the silo has it.</param>
/// <param name="Trouble">What a person should know of how true all this is, one sentence; null: nothing.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.BoardPush")]
public sealed record BoardPush(
    [property: Id(0)] string Epoch,
    [property: Id(1)] long Term,
    [property: Id(2)] long Number,
    [property: Id(3)] long Edition,
    [property: Id(4)] int ModelPartition,
    [property: Id(5)] byte[]? Fleet,
    [property: Id(6)] byte[]? Document,
    [property: Id(7)] string? Trouble);
