using RealtimeAdoption.ModelFile.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RealtimeAdoption.ModelFile.Yaml;

/// <summary>
/// Builds the nodes of one YAML document from YamlDotNet's parser events. Bounded in depth and number of nodes, and without aliases, so
/// that no small text becomes a large tree.
/// </summary>
internal sealed class NodeTree
{
    /// <summary>The deepest nesting; the model needs 6.</summary>
    public const int MaxDepth = 32;

    /// <summary>A model with 256 metrics and 64 products needs about 10,000.</summary>
    public const int MaxNodes = 50_000;

    private const string NotChecked = "mend it here; the rest of the file was not checked";

    private readonly Parser _parser;
    private readonly Findings _findings;
    private Mark _last = Mark.Empty;
    private int _nodes;

    private NodeTree(string yaml, Findings findings)
    {
        _parser = new Parser(new StringReader(yaml is ['\uFEFF', .. var text] ? text : yaml));
        _findings = findings;
    }

    /// <summary>Null where the text is not one YAML document; what stopped it is among the findings.</summary>
    public static Node? Read(string yaml, Findings findings)
    {
        var tree = new NodeTree(yaml, findings);
        try
        {
            return tree.Document();
        }
        catch (StopReadingException)
        {
            return null;
        }
    }

    private Node? Document()
    {
        Next<StreamStart>();
        if (Next() is not DocumentStart)
        {
            _findings.Add(Position.Start, "", "the file is empty", "a mapping with 'model', 'metrics', 'products' and 'stages'");
            return null;
        }

        var root = Value(Next(), "", depth: 1);
        Next<DocumentEnd>();
        if (Next() is DocumentStart second)
            throw Stop(At(second.Start), "", "a second YAML document starts here", "one document in the file");
        return root;
    }

    private Node Value(ParsingEvent start, string path, int depth)
    {
        var at = At(start.Start);
        if (++_nodes > MaxNodes) throw Stop(at, path, $"the file holds more than {MaxNodes} values", $"at most {MaxNodes}");
        if (depth > MaxDepth) throw Stop(at, path, $"nested deeper than {MaxDepth} levels", "a model file nests 6 deep");
        if (start is NodeEvent { Anchor.IsEmpty: false })
            _findings.Add(at, path, "an anchor (&name)", "write the value out wherever it is needed: anchors and aliases are not read");
        if (start is NodeEvent { Tag.IsEmpty: false } tagged)
            _findings.Add(at, path, $"a tag ({ScalarNode.Shown(tagged.Tag.Value)})", "no tags: quotes make a text, their absence a number or a truth value");
        switch (start)
        {
            case YamlDotNet.Core.Events.Scalar scalar:
                return new ScalarNode(at, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart:
                return List(at, path, depth);
            case MappingStart:
                return Map(at, path, depth);
            default:
                _findings.Add(at, path, "an alias (*name)", "write the value out: anchors and aliases are not read");
                return new RefusedNode(at);
        }
    }

    private ListNode List(Position at, string path, int depth)
    {
        var items = new List<Node>();
        for (var next = Next(); next is not SequenceEnd; next = Next())
            items.Add(Value(next, Paths.Item(path, items.Count), depth + 1));
        return new ListNode(at, items);
    }

    private MapNode Map(Position at, string path, int depth)
    {
        var entries = new List<Entry>();
        var first = new Dictionary<string, Position>(StringComparer.Ordinal);
        for (var next = Next(); next is not MappingEnd; next = Next())
        {
            if (Value(next, path, depth + 1) is not ScalarNode key)
            {
                _findings.Add(At(next.Start), path, "a key that is not a text", "a name before the colon");
                Value(Next(), path, depth + 1);
                continue;
            }

            var child = Paths.Key(path, key.Text);
            var value = Value(Next(), child, depth + 1);
            if (first.TryAdd(key.Text, key.At))
                entries.Add(new Entry(key, value));
            else
                _findings.Add(key.At, child, $"the key '{ScalarNode.Shown(key.Text)}' is there twice", $"once; it was first given in line {first[key.Text].Line}");
        }

        return new MapNode(at, entries);
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Next() is not T) throw Stop(Position.Start, "", "this is not a YAML document", "see docs/model.md");
    }

    private ParsingEvent Next()
    {
        try
        {
            if (_parser.MoveNext() && _parser.Current is { } current)
            {
                _last = current.Start;
                return current;
            }
        }
        catch (YamlException e)
        {
            // A tab is met at the end of what was scanned; every other mistake is told from where it starts.
            var mark = e.Message.Contains("tab character", StringComparison.Ordinal) ? e.End : e.Start;
            throw Stop(At(mark), "", $"this is not YAML: {OneLine.Of(e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '))}", NotChecked);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The scanner's own slips, whose messages say nothing of the text: a flow list that is not closed before the next line's dash,
            // a lone surrogate in "\ud800".
            throw Stop(At(_last), "", "this is not YAML after here: often a bracket, brace or quote that is not closed, or an escape that is no character", NotChecked);
        }

        throw Stop(Position.Start, "", "the YAML text ends too early", "a whole document");
    }

    private StopReadingException Stop(Position at, string path, string problem, string expected)
    {
        _findings.Add(at, path, problem, expected);
        return new StopReadingException();
    }

    private static Position At(Mark mark) => new((int)mark.Line, (int)mark.Column);

    /// <summary>The reason is among the findings; it never leaves this file.</summary>
    private sealed class StopReadingException : Exception;
}
