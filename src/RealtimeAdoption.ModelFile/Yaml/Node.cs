namespace RealtimeAdoption.ModelFile.Yaml;

/// <summary>A place in the file, both from 1.</summary>
internal readonly record struct Position(int Line, int Column)
{
    public static Position Start => new(1, 1);
}

/// <summary>
/// What the YAML text holds at one place. Not YamlDotNet's representation model: that one throws at the first repeated key and
/// follows aliases, and here a repeated key is one error among others and an alias is refused.
/// </summary>
internal abstract class Node(Position at)
{
    public Position At { get; } = at;

    /// <summary>For messages: "a list", "the number 5".</summary>
    public abstract string Describe();
}

internal sealed class ScalarNode(Position at, string text, bool plain) : Node(at)
{
    public string Text { get; } = text;

    /// <summary>Written without quotes, so that it may mean a number, a truth value or nothing (see <see cref="CoreSchema"/>).</summary>
    public bool Plain { get; } = plain;

    public ScalarType Type { get; } = plain ? CoreSchema.TypeOf(text) : ScalarType.Text;

    public override string Describe() => Type switch
    {
        ScalarType.Null => "nothing",
        ScalarType.Boolean => $"the truth value {Text}",
        ScalarType.Number or ScalarType.NotFinite => $"the number {Shown(Text)}",
        _ => $"the text '{Shown(Text)}'",
    };

    /// <summary>For messages: its first 60 characters, in one line.</summary>
    internal static string Shown(string text) =>
        OneLine.Of(text.Length <= 60 ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[56]) ? 56 : 57), "..."));
}

internal sealed class ListNode(Position at, IReadOnlyList<Node> items) : Node(at)
{
    public IReadOnlyList<Node> Items { get; } = items;

    public override string Describe() => Items.Count == 0 ? "an empty list" : "a list";
}

internal readonly record struct Entry(ScalarNode Key, Node Value);

/// <summary>Its keys are distinct: a repeated one was reported and dropped.</summary>
internal sealed class MapNode(Position at, IReadOnlyList<Entry> entries) : Node(at)
{
    public IReadOnlyList<Entry> Entries { get; } = entries;

    public override string Describe() => Entries.Count == 0 ? "an empty mapping" : "a mapping";
}

/// <summary>Something that was reported already; whoever meets it says no more.</summary>
internal sealed class RefusedNode(Position at) : Node(at)
{
    public override string Describe() => "something refused";
}
