using RealtimeAdoption.ModelFile.Yaml;

namespace RealtimeAdoption.ModelFile.Reading;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Nearest
{
    private const int Listed = 20;

    /// <summary>"did you mean 'x'?" where one is near, else what there is to choose from.</summary>
    public static string Suggest(string written, IReadOnlyCollection<string> known, string whatTheyAre)
    {
        var near = written.Length > 200 ? null : known
            .Select(name => (Name: name, Distance: Distance(written, name)))
            .Where(candidate => candidate.Distance <= Math.Max(2, candidate.Name.Length / 3))
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
        if (near is not null) return $"did you mean '{ScalarNode.Shown(near)}'?";
        if (known.Count == 0) return $"there are no {whatTheyAre}";
        var more = known.Count > Listed ? ", ..." : "";
        return $"the {whatTheyAre} are {string.Join(", ", known.Take(Listed).Select(ScalarNode.Shown))}{more}";
    }

    // Edits, a swap of neighbours counting as one (optimal string alignment).
    private static int Distance(string a, string b)
    {
        var older = new int[b.Length + 1];
        var old = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) old[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], old[j]) + 1, old[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], older[j - 2] + 1);
            }

            (older, old, row) = (old, row, older);
        }

        return old[b.Length];
    }
}
