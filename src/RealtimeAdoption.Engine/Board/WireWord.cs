using System.Text.Json;

namespace RealtimeAdoption.Engine.Board;

/// <summary>An enumeration's member as the wire names it: <c>StageChanged</c> is <c>stage_changed</c>.</summary>
internal static class WireWord
{
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.All.TryGetValue(value, out var name) ? name : value.ToString();

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> All = Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
    }
}
