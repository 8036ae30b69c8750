namespace RealtimeAdoption.ModelFile;

/// <summary>A model text that had to be valid (it was validated before it was stored) is not. Its message lists every error.</summary>
public sealed class ModelFileException : Exception
{
    public ModelFileException(ModelFileResult result)
        : base(MessageOf(result))
    {
        Errors = result.Errors;
    }

    public IReadOnlyList<ModelFileError> Errors { get; }

    private static string MessageOf(ModelFileResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return $"The model file {result.FileName} is not valid ({result.Errors.Count} errors):\n{result.Describe()}";
    }
}
