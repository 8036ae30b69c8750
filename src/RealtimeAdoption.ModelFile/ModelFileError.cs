namespace RealtimeAdoption.ModelFile;

/// <summary>One thing that is wrong in a model file, and what would be right.</summary>
/// <param name="Line">From 1; always a line of the file.</param>
/// <param name="Column">From 1, in characters.</param>
/// <param name="Path">Where in the model, e.g. <c>products[2].adopted_when[0].metric</c>; empty for the file as a whole.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Expected">What would be right.</param>
public sealed record ModelFileError(int Line, int Column, string Path, string Problem, string Expected)
{
    /// <summary>Without the file's name: <c>12:7: products[0].id: ...</c>.</summary>
    public override string ToString() =>
        Path.Length == 0 ? $"{Line}:{Column}: {Problem}; {Expected}" : $"{Line}:{Column}: {Path}: {Problem}; {Expected}";
}
