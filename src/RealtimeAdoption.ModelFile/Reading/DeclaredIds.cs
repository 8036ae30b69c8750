using System.Diagnostics.CodeAnalysis;
using RealtimeAdoption.ModelFile.Yaml;

namespace RealtimeAdoption.ModelFile.Reading;

/// <summary>
/// The ids of one list, read ahead of its items, so that a reference is checked also where the thing it names has errors of its own.
/// </summary>
internal sealed class DeclaredIds
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);

    // Without the list there is nothing to check against: its absence is the one error.
    private readonly bool _known;

    private DeclaredIds(bool known) => _known = known;

    /// <summary>Reports ids that are there twice.</summary>
    public static DeclaredIds Of(IReadOnlyList<(Node Node, string Path)>? items, Findings findings)
    {
        var declared = new DeclaredIds(items is not null);
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < (items?.Count ?? 0); i++)
        {
            if (items![i].Node is not MapNode map) continue;
            if (map.Entries.FirstOrDefault(entry => entry.Key.Text == "id").Value is not ScalarNode id) continue;
            if (declared._index.TryAdd(id.Text, i))
                lines[id.Text] = id.At.Line;
            else
                findings.Add(id.At, Paths.Key(items[i].Path, "id"), $"the id '{ScalarNode.Shown(id.Text)}' is there twice", $"an id of its own; line {lines[id.Text]} has this one");
        }

        return declared;
    }

    /// <summary>The place in its list of what a key names. Null, and reported, where nothing has that id.</summary>
    public int? Find(Fields fields, string key, string whatTheyAre)
    {
        var written = fields.Text(key, maxLength: 64);
        if (written.Length == 0) return null;
        if (TryFind(written, out var index)) return index;
        if (_known) fields.Report(fields.AtOf(key), key, $"no {key} has the id '{ScalarNode.Shown(written)}'", Suggest(written, whatTheyAre));
        return null;
    }

    public bool TryFind(string id, [NotNullWhen(true)] out int? index)
    {
        index = _index.TryGetValue(id, out var found) ? found : null;
        return index is not null;
    }

    public string Suggest(string written, string whatTheyAre) => Nearest.Suggest(written, _index.Keys, whatTheyAre);
}
