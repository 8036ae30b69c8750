using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>What fails in one silo is told in another as what it is: of a failure that Orleans was not told of, it says there only that it cannot read it.</summary>
internal sealed class OwnFailures : ITypeNameFilter
{
    private const string Own = "RealtimeAdoption.";

    public bool? IsTypeNameAllowed(string typeName, string assemblyName) =>
        assemblyName?.StartsWith(Own, StringComparison.Ordinal) == true && typeName?.EndsWith("Exception", StringComparison.Ordinal) == true ? true : null;

    public static void Allow(ExceptionSerializationOptions options) => options.SupportedNamespacePrefixes.Add(Own);
}

internal static class OwnFailuresExtensions
{
    public static void AddOwnFailures(this IServiceCollection services)
    {
        services.AddSingleton<ITypeNameFilter, OwnFailures>();
        services.Configure<ExceptionSerializationOptions>(OwnFailures.Allow);
    }
}
