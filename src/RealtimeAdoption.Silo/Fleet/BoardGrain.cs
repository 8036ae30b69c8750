using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Runtime;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Web.Board;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>
/// A <see cref="FleetBoard"/> with an address and an epoch. All that it keeps is its term, so that two boards never give the same version to two documents, however the cluster falls apart: everything else is told to it again.
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="services">Have the silo's host, which answers for the lists.</param>
/// <param name="options">The board's pace.</param>
/// <param name="term">In the grain storage that is the default.</param>
[Reentrant]
[KeepAlive]
public sealed class BoardGrain(SiloHouse house, IServiceProvider services, IOptions<BoardOptions> options, [PersistentState("board")] IPersistentState<BoardTerm> term) : Grain, IBoardGrain
{
    private FleetBoard? board;

    private FleetBoard Board => board ?? throw new InvalidOperationException("The board is not started.");

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        term.State.Number++;
        // Of two that begin at once, the storage refuses one.
        await term.WriteStateAsync(cancellationToken);
        // The number alone would come again with a storage that forgets, as that of development does.
        var epoch = $"{term.State.Number:x}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        board = NewBoard(epoch);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (board is not null) await board.DisposeAsync();
    }

    // Disposed at the deactivation.
    private FleetBoard NewBoard(string epoch) => new(house, GrainFactory, services.GetRequiredService<IScoringHost>(), epoch, term.State.Number, options.Value);

    public Task<BoardAck> Report(BoardReport report) => Board.TakeAsync(report);

    public Task<BoardPush> Next(BoardAsk ask) => Board.NextAsync(ask);
}

/// <summary>How many boards there were.</summary>
[GenerateSerializer]
[Alias("RealtimeAdoption.BoardTerm")]
public sealed class BoardTerm
{
    [Id(0)]
    public long Number { get; set; }
}
