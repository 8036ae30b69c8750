using System.Text.RegularExpressions;
using RealtimeAdoption.ModelFile.Yaml;

namespace RealtimeAdoption.ModelFile.Reading;

/// <summary>Writes <c>products[2].adopted_when[0].metric</c>.</summary>
internal static partial class Paths
{
    public static string Item(string path, int index) => $"{path}[{index}]";

    public static string Key(string path, string key) =>
        !Name().IsMatch(key) ? $"{path}[\"{ScalarNode.Shown(key)}\"]" : path.Length == 0 ? key : $"{path}.{key}";

    [GeneratedRegex(@"\A[A-Za-z0-9_]{1,64}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
