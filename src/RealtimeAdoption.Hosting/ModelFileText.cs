using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Hosting;

/// <summary>A model file that was read and found valid.</summary>
/// <param name="Path">Where it was read from.</param>
/// <param name="Text">As it stands in the file; the journal keeps it.</param>
/// <param name="Model">What it says.</param>
public sealed record ModelFileText(string Path, string Text, AdoptionModel Model);
