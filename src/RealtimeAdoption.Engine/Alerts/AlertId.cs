using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Alerts;

/// <summary>
/// An alert's key as one text, <c>type:subject:account</c>, e.g. <c>product_lapsed:crm:acme</c> or <c>health_slip::acme</c>. A subject may be a user's id, which may
/// hold anything: its % and : stand as %25 and %3A, so that no two alerts share a text. The account stands as it is, to the end.
/// </summary>
public static class AlertId
{
    private static readonly string[] TypeNames = [.. Enum.GetValues<AlertType>().Select(type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString()))];

    /// <summary>By number, as on the wire.</summary>
    public static IReadOnlyList<string> Types => TypeNames;

    public static string NameOf(AlertType type) => TypeNames[(int)type];

    public static string Of(AlertType type, string subject, string account)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return $"{NameOf(type)}:{subject.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal)}:{account}";
    }

    /// <summary>False: not of the form, no such type, or no account.</summary>
    public static bool TryRead(string id, out AlertType type, [NotNullWhen(true)] out string? subject, [NotNullWhen(true)] out string? account)
    {
        ArgumentNullException.ThrowIfNull(id);
        type = default;
        subject = account = null;
        var first = id.IndexOf(':', StringComparison.Ordinal);
        var second = first < 0 ? -1 : id.IndexOf(':', first + 1);
        if (second < 0 || second == id.Length - 1) return false;
        var number = Array.IndexOf(TypeNames, id[..first]);
        if (number < 0) return false;
        type = (AlertType)number;
        subject = id[(first + 1)..second].Replace("%3A", ":", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
        account = id[(second + 1)..];
        return Of(type, subject, account) == id;
    }
}
