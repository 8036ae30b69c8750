using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Embedded;

/// <summary>A lane's part in the activation of a model: takes its partitions through it, as many at a time as the house permits.</summary>
internal sealed class LaneModels(LaneHouse house)
{
    /// <summary>Does for the partition what can be done now. Often, and cheap where no activation is under way.</summary>
    public void GoOn(PartitionSlot slot, long nowMs)
    {
        if (house.Activation is not { } run) return;
        var partition = slot.Partition;
        if (partition.ModelText == run.Wish.Text)
        {
            End(slot, run);
            return;
        }

        // One that waits for its history leaves the permit to others.
        if (!slot.MayRead(Environment.TickCount64)) return;
        if (!slot.HoldsActivation && !(slot.HoldsActivation = house.ActivationSlots.TryTake())) return;
        if (partition.Activation is not { } activation)
        {
            if (!partition.IsActivationAppended) partition.BeginActivation(run.Wish, nowMs);
            return;
        }

        run.Reached(partition.Index, activation);
        if (!house.RebuildSlots.TryTake()) return;
        if (partition.StepActivation(nowMs) != ActivationStep.PassBegun) house.RebuildSlots.Return();
    }

    /// <summary>A pass of the partition's activation could not be read: what it has computed is dropped with its permit, so that other partitions go on, and it begins again later.</summary>
    public void PutBack(PartitionSlot slot)
    {
        slot.Partition.PutActivationBack();
        if (!slot.HoldsActivation) return;
        slot.HoldsActivation = false;
        house.ActivationSlots.Return();
    }

    private void End(PartitionSlot slot, ActivationRun run)
    {
        if (slot.HoldsActivation)
        {
            slot.HoldsActivation = false;
            house.ActivationSlots.Return();
            slot.ModelSwapped();
        }

        if (run.Swapped(slot.Partition.Index)) house.EndActivation(run);
    }
}
