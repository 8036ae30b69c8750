namespace RealtimeAdoption.Engine.Partitions;

/// <summary>What a partition has done to bring an activation forward.</summary>
public enum ActivationStep
{
    /// <summary>Nothing: there is no activation, a pass is under way, or a commit is awaited.</summary>
    None,

    /// <summary>A <see cref="ReadHistory"/> has come out.</summary>
    PassBegun,

    /// <summary>The record of the swap is appended; all accounts swap when it is applied.</summary>
    SwapAppended,
}
