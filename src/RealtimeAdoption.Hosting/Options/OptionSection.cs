namespace RealtimeAdoption.Hosting.Options;

/// <summary>A section of the configuration and the names in it. Anything else there is a mistyped name.</summary>
public sealed record OptionSection(string Name, IReadOnlyList<string> Options)
{
    /// <summary>Everything that can be set in a class of options, but for what is set elsewhere.</summary>
    public static OptionSection Of<T>(string name, params string[] except) => new(name, [.. typeof(T).GetProperties().Where(property => property.CanWrite).Select(property => property.Name).Except(except)]);
}
