using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using RealtimeAdoption.ModelFile.Yaml;

namespace RealtimeAdoption.ModelFile.Reading;

/// <summary>
/// The keys of one mapping. Each read checks its key and reports what is wrong; what it then returns is a stand-in that lets the
/// reading go on, and that nobody sees, because a file with findings gives no model.
/// </summary>
internal sealed partial class Fields
{
    private readonly MapNode _map;
    private readonly Findings _findings;
    private readonly HashSet<string> _wrong = new(StringComparer.Ordinal);

    private Fields(MapNode map, string path, Findings findings)
    {
        _map = map;
        _findings = findings;
        Path = path;
    }

    public string Path { get; }

    public Position At => _map.At;

    /// <summary>Null, and reported, where the node is no mapping. Keys that are not known are reported.</summary>
    public static Fields? Of(Node node, string path, Findings findings, params string[] known)
    {
        if (node is not MapNode map)
        {
            if (node is not RefusedNode)
                findings.Add(node.At, path, $"{node.Describe()} where a mapping belongs", $"a mapping with the keys {string.Join(", ", known)}");
            return null;
        }

        foreach (var entry in map.Entries)
        {
            if (known.Contains(entry.Key.Text, StringComparer.Ordinal)) continue;
            findings.Add(entry.Key.At, Paths.Key(path, entry.Key.Text), $"unknown key '{ScalarNode.Shown(entry.Key.Text)}'", Nearest.Suggest(entry.Key.Text, known, "keys here"));
        }

        return new Fields(map, path, findings);
    }

    public void Report(Position at, string key, string problem, string expected)
    {
        _wrong.Add(key);
        _findings.Add(at, PathOf(key), problem, expected);
    }

    /// <summary>For a place below a key: <paramref name="subPath"/> is a path, not a key.</summary>
    public void ReportAt(Position at, string subPath, string problem, string expected) =>
        _findings.Add(at, Path.Length == 0 ? subPath : $"{Path}.{subPath}", problem, expected);

    public string PathOf(string key) => Paths.Key(Path, key);

    /// <summary>Where the key's value stands; the mapping's start where it is absent.</summary>
    public Position AtOf(string key) => Optional(key)?.At ?? At;

    /// <summary>Null where the key is absent or its value is empty or <c>null</c>.</summary>
    public Node? Optional(string key)
    {
        foreach (var entry in _map.Entries)
        {
            if (entry.Key.Text == key) return entry.Value is ScalarNode { Type: ScalarType.Null } ? null : entry.Value;
        }

        return null;
    }

    public bool Has(string key) => Optional(key) is not null;

    /// <summary>Nothing was reported of these keys: only then is it worth comparing their values.</summary>
    public bool Sound(params string[] keys) => !keys.Any(_wrong.Contains);

    /// <summary>The list's items with their paths. Null where it is absent or no list.</summary>
    public IReadOnlyList<(Node Node, string Path)>? Items(string key, string expected, bool required = true, int max = int.MaxValue)
    {
        var node = required ? Required(key, expected) : Optional(key);
        if (node is null or RefusedNode) return null;
        if (node is not ListNode list)
        {
            Wrong(key, node, expected);
            return null;
        }

        if (required && list.Items.Count == 0) Wrong(key, node, expected);
        if (list.Items.Count > max) Report(list.Items[max].At, key, $"{list.Items.Count} items", $"at most {max}");
        var path = PathOf(key);
        return [.. list.Items.Select((item, index) => (item, Paths.Item(path, index)))];
    }

    /// <summary>The mapping under a key, with its known keys. Null where it is absent or no mapping.</summary>
    public Fields? Map(string key, params string[] known) => Optional(key) is { } node ? Of(node, PathOf(key), _findings, known) : null;

    /// <summary>The mapping under a key whose keys are free.</summary>
    public IReadOnlyList<Entry> Entries(string key, string expected)
    {
        var node = Optional(key);
        if (node is null or RefusedNode) return [];
        if (node is MapNode map) return map.Entries;
        Wrong(key, node, expected);
        return [];
    }

    public string Text(string key, int maxLength)
    {
        var expected = $"a text of 1 to {maxLength} characters";
        return Required(key, expected) is { } node ? TextOf(key, node, maxLength, expected) : "";
    }

    public string? OptionalText(string key, int maxLength) =>
        Optional(key) is { } node ? TextOf(key, node, maxLength, $"a text of 1 to {maxLength} characters") : null;

    public string Id(string key)
    {
        const string Expected = "1 to 64 of a-z, 0-9 and _";
        if (Required(key, Expected) is not { } node) return "";
        if (node is RefusedNode) return "";
        if (node is ScalarNode { Type: ScalarType.Text } scalar && IdPattern().IsMatch(scalar.Text)) return scalar.Text;
        Wrong(key, node, Expected);
        return "";
    }

    public decimal Number(string key, NumberRange range, decimal? fallback = null)
    {
        var node = fallback is null ? Required(key, range.Describe()) : Optional(key);
        if (node is null) return fallback ?? range.Max;
        if (node is ScalarNode scalar && range.TryRead(scalar, out var value)) return value;
        Wrong(key, node, range.Describe());
        return fallback ?? range.Max;
    }

    public int Whole(string key, NumberRange range, int? fallback = null) => (int)Number(key, range, fallback);

    public bool Truth(string key, bool fallback)
    {
        if (Optional(key) is not { } node) return fallback;
        if (node is ScalarNode { Type: ScalarType.Boolean } scalar) return CoreSchema.IsTrue(scalar.Text);
        Wrong(key, node, "true or false");
        return fallback;
    }

    /// <summary>One of a fixed set of words.</summary>
    public bool TryChoice<T>(string key, IReadOnlyDictionary<string, T> choices, [MaybeNullWhen(false)] out T value, string? whatTheyAre = null)
    {
        value = default;
        var expected = string.Join(", ", choices.Keys);
        if (Required(key, expected) is not { } node) return false;
        if (node is ScalarNode { Type: ScalarType.Text } scalar)
        {
            if (choices.TryGetValue(scalar.Text, out value)) return true;
            Report(node.At, key, $"unknown {key} '{ScalarNode.Shown(scalar.Text)}'", Nearest.Suggest(scalar.Text, [.. choices.Keys], whatTheyAre ?? $"{key}s"));
            return false;
        }

        Wrong(key, node, expected);
        return false;
    }

    private Node? Required(string key, string expected)
    {
        if (Optional(key) is { } node) return node;
        var empty = _map.Entries.FirstOrDefault(entry => entry.Key.Text == key);
        Report(empty.Key?.At ?? At, key, empty.Key is null ? $"the key '{key}' is missing" : $"the key '{key}' has no value", expected);
        return null;
    }

    private string TextOf(string key, Node node, int maxLength, string expected)
    {
        if (node is ScalarNode { Type: ScalarType.Text } scalar)
        {
            if (scalar.Text.Length == 0 || scalar.Text.Length > maxLength) Report(node.At, key, $"a text of {scalar.Text.Length} characters", expected);
            else if (!IsWellFormed(scalar.Text)) Report(node.At, key, "half a surrogate pair", "a text of whole Unicode characters");
            return scalar.Text;
        }

        Wrong(key, node, node is ScalarNode other ? $"{expected}; put it in quotes: \"{ScalarNode.Shown(other.Text)}\"" : expected);
        return "";
    }

    private void Wrong(string key, Node node, string expected)
    {
        if (node is not RefusedNode) Report(node.At, key, $"{node.Describe()} does not fit here", expected);
    }

    internal static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    [GeneratedRegex(@"\A[a-z0-9_]{1,64}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex IdPattern();
}
