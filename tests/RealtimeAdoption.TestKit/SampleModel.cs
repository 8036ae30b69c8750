using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit;

/// <summary>The model that is shipped with the project, read from its file.</summary>
public static class SampleModel
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "models", "saas-suite.yaml"));

    public static AdoptionModel Definition { get; } = ModelFileReader.ReadOrThrow(Text, "saas-suite.yaml");
}
