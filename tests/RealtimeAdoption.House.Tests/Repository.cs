using System.Xml.Linq;

namespace RealtimeAdoption.House.Tests;

/// <summary>The working tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["bin", "obj", "node_modules", "wwwroot", "dist", "TestResults", "artifacts"];

    public static string Root { get; } = FindRoot();

    public static string Full(string relative) => Path.Combine(Root, relative);

    /// <summary>Paths from the root, with forward slashes, in order; nothing that a build makes.</summary>
    public static IReadOnlyList<string> Files(string folder, params string[] extensions)
    {
        var found = new List<string>();
        if (Directory.Exists(Full(folder))) Collect(new DirectoryInfo(Full(folder)), extensions, found);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    public static IReadOnlyList<ProjectFile> Projects(string folder) => [.. Files(folder, ".csproj").Select(path => new ProjectFile(path))];

    private static void Collect(DirectoryInfo folder, string[] extensions, List<string> found)
    {
        foreach (var file in folder.EnumerateFiles())
        {
            if (extensions.Contains(file.Extension, StringComparer.Ordinal))
                found.Add(Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));
        }

        foreach (var child in folder.EnumerateDirectories())
        {
            if (!Generated.Contains(child.Name, StringComparer.Ordinal)) Collect(child, extensions, found);
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RealtimeAdoption.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No RealtimeAdoption.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>What a project file says of its references.</summary>
internal sealed class ProjectFile
{
    private readonly XDocument _xml;

    public ProjectFile(string path)
    {
        RelativePath = path;
        Name = Path.GetFileNameWithoutExtension(path);
        _xml = XDocument.Load(Repository.Full(path));
    }

    public string RelativePath { get; }

    public string Name { get; }

    public string Sdk => (string?)_xml.Root!.Attribute("Sdk") ?? "";

    public IReadOnlyList<string> Projects => [.. Includes("ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    public IReadOnlyList<string> Packages => Includes("PackageReference");

    public IReadOnlyList<string> Frameworks => Includes("FrameworkReference");

    public IReadOnlyList<string> ElementNames => [.. _xml.Descendants().Select(element => element.Name.LocalName).Distinct(StringComparer.Ordinal)];

    public bool HasPackageVersions => _xml.Descendants("PackageReference").Any(reference => reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null);

    public override string ToString() => Name;

    private string[] Includes(string element) => [.. _xml.Descendants(element).Select(e => (string?)e.Attribute("Include")).OfType<string>()];
}
