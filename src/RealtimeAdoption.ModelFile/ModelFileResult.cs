using System.Diagnostics.CodeAnalysis;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile;

/// <summary>Either a valid model or every error of its file, in the file's order. Never both, never neither. Immutable, thread-safe.</summary>
public sealed class ModelFileResult
{
    internal ModelFileResult(string fileName, AdoptionModel model)
    {
        FileName = fileName;
        Model = model;
        Errors = [];
    }

    internal ModelFileResult(string fileName, IReadOnlyList<ModelFileError> errors)
    {
        FileName = fileName;
        Errors = errors;
    }

    /// <summary>As the caller named it; only for messages.</summary>
    public string FileName { get; }

    /// <summary>Null where there are errors.</summary>
    public AdoptionModel? Model { get; }

    public IReadOnlyList<ModelFileError> Errors { get; }

    [MemberNotNullWhen(true, nameof(Model))]
    public bool IsValid => Model is not null;

    /// <summary>One line an error, <c>file:line:column: path: what is wrong; what would be right</c>. Empty where the model is valid.</summary>
    public string Describe() => string.Join('\n', Errors.Select(error => $"{FileName}:{error}"));
}
