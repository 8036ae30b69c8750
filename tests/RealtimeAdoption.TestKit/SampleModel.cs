using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit;

/// <summary>The model that is shipped with the project, read from its file.</summary>
public static class SampleModel
{
    public static string Text { get; } = ReadText();

    public static AdoptionModel Definition { get; } = ModelFileReader.ReadOrThrow(Text, "saas-suite.yaml");

    private static string ReadText()
    {
        using var reader = new StreamReader(typeof(SampleModel).Assembly.GetManifestResourceStream("saas-suite.yaml")!);
        return reader.ReadToEnd();
    }
}
