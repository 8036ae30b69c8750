using System.Text;
using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Sections;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile;

/// <summary>
/// Reads the YAML model file (docs/model.md). Checks everything and lists all errors at once; where the text is not YAML at all, the
/// first place where it stops being YAML. Reads no file itself: the caller brings the text. Stateless, thread-safe.
/// </summary>
public static class ModelFileReader
{
    /// <summary>The greatest model file, in UTF-8 bytes: 1 MiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Never throws for what the text holds.</summary>
    /// <param name="yaml">The file's text.</param>
    /// <param name="fileName">For messages only.</param>
    public static ModelFileResult Read(string yaml, string fileName)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(fileName);
        var findings = new Findings(yaml);
        var bytes = Encoding.UTF8.GetByteCount(yaml);
        if (bytes > MaxBytes)
        {
            findings.Add(Position.Start, "", $"the file has {bytes} bytes", $"a model file has at most {MaxBytes} bytes (1 MiB)");
            return new ModelFileResult(fileName, findings.InFileOrder());
        }

        AdoptionModel? model = null;
        if (NodeTree.Read(yaml, findings) is { } root) model = ModelSection.Read(root, findings);
        return model is null || findings.Any
            ? new ModelFileResult(fileName, findings.InFileOrder())
            : new ModelFileResult(fileName, model);
    }

    /// <summary>For a text that was validated before it was stored, such as the journal's.</summary>
    /// <exception cref="ModelFileException">The text is not a valid model after all.</exception>
    public static AdoptionModel ReadOrThrow(string yaml, string fileName)
    {
        var result = Read(yaml, fileName);
        return result.IsValid ? result.Model : throw new ModelFileException(result);
    }
}
