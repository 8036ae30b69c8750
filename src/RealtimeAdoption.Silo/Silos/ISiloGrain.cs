using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Users;

namespace RealtimeAdoption.Silo.Silos;

/// <summary>A silo, for the others; the key is its address.</summary>
[Alias("RealtimeAdoption.Silo")]
public interface ISiloGrain : IGrainWithStringKey
{
    /// <summary>Completes when the silo's doors know it.</summary>
    [Alias("Learn")]
    Task Learn(DirectoryNews news);

    /// <summary>Completes when the silo's answers know it.</summary>
    [Alias("TakeModels")]
    Task TakeModels(ModelsNews news);
}
