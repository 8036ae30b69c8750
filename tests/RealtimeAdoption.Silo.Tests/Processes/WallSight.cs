using System.Globalization;
using System.Text.Json.Nodes;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>What stands on a wall at one moment, as its viewer reads it. Null: no number.</summary>
/// <param name="Page">Of the browser, from 0.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Loads">Documents that this page has loaded.</param>
/// <param name="Standing">What the wall says of itself.</param>
/// <param name="Detail">And of its data's age.</param>
/// <param name="Version">Of what it has drawn.</param>
/// <param name="Accounts">All of them.</param>
/// <param name="Churned">Besides these.</param>
/// <param name="Average">Adopted products of an account, to two places.</param>
/// <param name="Events">Counted in all.</param>
/// <param name="Stages">Accounts by stage.</param>
/// <param name="Bands">Accounts by band of health.</param>
/// <param name="Adopted">Accounts that have adopted a product, by product.</param>
/// <param name="Entitled">Accounts entitled to it.</param>
/// <param name="Segments">Accounts by segment.</param>
/// <param name="Alerts">Open ones by severity.</param>
internal sealed record WallSight(
    int Page,
    long At,
    int Loads,
    string Standing,
    string Detail,
    string Version,
    long? Accounts,
    long? Churned,
    double? Average,
    long? Events,
    Dictionary<string, long?> Stages,
    Dictionary<string, long?> Bands,
    Dictionary<string, long?> Adopted,
    Dictionary<string, long?> Entitled,
    Dictionary<string, long?> Segments,
    Dictionary<string, long?> Alerts)
{
    /// <summary>It says that its figures are the present.</summary>
    public bool IsLive => Standing is "live" or "quiet";

    /// <summary>It hears its silo, which may say that the figures are not the present.</summary>
    public bool IsHeard => IsLive || Standing is "catching_up";

    /// <summary>What it should show of accounts, by the rows of their list.</summary>
    public static string Figures(IReadOnlyCollection<JsonObject> rows)
    {
        var figures = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["accounts"] = rows.Count };
        foreach (var row in rows)
        {
            Add("stage " + row["stage"]!.GetValue<string>(), 1);
            Add("band " + row["band"]!.GetValue<string>(), 1);
            Add("segment " + row["segment"]!.GetValue<string>(), 1);
            foreach (var product in row["adopted_products"]!.AsArray()) Add("adopted " + product!.GetValue<string>(), 1);
            foreach (var (severity, count) in row["alerts"]!.AsObject()) Add("alerts " + severity, count!.GetValue<long>());
        }

        return Text(figures);

        void Add(string name, long count)
        {
            if (count > 0) figures[name] = figures.GetValueOrDefault(name) + count;
        }
    }

    /// <summary>Likewise, by what it shows.</summary>
    public string Figures()
    {
        var figures = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["accounts"] = Accounts ?? -1 };
        foreach (var (name, counts) in new[] { ("stage ", Stages), ("band ", Bands), ("segment ", Segments), ("adopted ", Adopted), ("alerts ", Alerts) })
        {
            foreach (var (key, count) in counts)
            {
                if (count is > 0) figures[name + key] = count.Value;
            }
        }

        return Text(figures);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Standing} ({Detail}) {Version}: {Events} events, {Figures()}, average {Average}, entitled {string.Join('/', Entitled.Values)}");

    private static string Text(SortedDictionary<string, long> figures) => string.Join(", ", figures.Select(figure => $"{figure.Key} {figure.Value}"));
}
