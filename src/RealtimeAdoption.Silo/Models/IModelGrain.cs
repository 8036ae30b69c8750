namespace RealtimeAdoption.Silo.Models;

/// <summary>Brings every partition to a model that is being activated; there is one in a cluster, with the key 0. What it knows it has from the partitions, so that it may begin anew anywhere.</summary>
[Alias("RealtimeAdoption.Models")]
public interface IModelGrain : IGrainWithIntegerKey
{
    /// <summary>Null: it is what the asker knows.</summary>
    [Alias("News")]
    Task<ModelsNews?> News(string epoch, long number);

    /// <summary>Completes when every silo has been told of what has come last.</summary>
    [Alias("Told")]
    Task Told();

    /// <summary>Answers when the first partition's beginning is durable, and every silo knows.</summary>
    [Alias("Activate")]
    Task<ActivationAnswer> Activate(string text, string by);
}
