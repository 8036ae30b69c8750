using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Silo.Models;

namespace RealtimeAdoption.Silo.Partitions;

// The activation of a model in this partition: brought forward with each input, once its coordinator has asked for it.
internal sealed partial class PartitionOwner
{
    private const int UnreadPauseMs = 2_000;

    private ModelWish? wish;
    private UnreadHistory? unread;
    private long unreadUntilMs;

    /// <summary>What it lives by, and how far it is.</summary>
    public PartitionModel Model
    {
        get
        {
            ThrowIfOver();
            var next = Machine.Activation is { } active ? new NextModel(active.Wish.Text, active.Wish.Generation, active.Wish.By, active.BegunAtMs, active.RecordsRead, active.RecordsInAll) : null;
            return new PartitionModel(Machine.ModelHash, Machine.Generation, Machine.ModelBy, Machine.ModelBegunAtMs, Machine.Applied, next, unread);
        }
    }

    /// <summary>Begins the activation here, or goes on with it.</summary>
    public PartitionModel BringForward(ModelWish to)
    {
        ThrowIfOver();
        wish = to;
        Input(static () => { });
        return Model;
    }

    // Within an input.
    private void GoOnWithModel()
    {
        if (wish is not { } to || Environment.TickCount64 < unreadUntilMs) return;
        if (Machine.Generation >= to.Generation || Machine.ModelText == to.Text)
        {
            // A tail that holds the swap is as slow to replay as the activation was.
            (wish, isCheckpointWanted) = (null, true);
            return;
        }

        if (Machine.Activation is not null) Machine.StepActivation(house.NowMs());
        else if (!Machine.IsActivationAppended) Machine.BeginActivation(to, house.NowMs());
    }

    // What was computed is dropped, and computed again a while later.
    private void NotRead(HistoryPass pass, Exception error)
    {
        var ofActivation = Machine.IsOfActivation(pass);
        Machine.RebuildFailed(pass);
        if (!ofActivation) return;
        Machine.PutActivationBack();
        unread = new UnreadHistory(unread?.SinceMs ?? house.NowMs(), error.Message);
        unreadUntilMs = Environment.TickCount64 + UnreadPauseMs;
    }

    private void Read(HistoryPass pass)
    {
        if (Machine.IsOfActivation(pass)) unread = null;
        Machine.RebuildReady(pass, house.NowMs());
    }
}
