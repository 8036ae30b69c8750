using System.Diagnostics.CodeAnalysis;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>
/// What an alert is about: its type and subject. With the account it is the alert's identity, of which there is one at a time.
/// </summary>
/// <param name="Type">Which rule.</param>
/// <param name="Subject">A product's id, a user's id, or empty.</param>
public readonly record struct AlertKey(AlertType Type, string Subject)
{
    private static readonly string[] Names =
    [
        "health_slip", "stage_up", "stage_down", "product_adopted", "product_lapsed", "product_unadopted", "second_product_overdue", "breadth_without_depth",
        "champion_quiet", "seats_low", "seats_full", "sentiment_low", "renewal_near", "contact_due", "expansion_ready", "account_silent",
    ];

    /// <summary>The type as model file, journal and wire write it, e.g. <c>health_slip</c>.</summary>
    public static string NameOf(AlertType type) => Names[(int)type];

    /// <summary>False: no type has that name.</summary>
    public static bool TryType(string? name, out AlertType type)
    {
        var index = Array.IndexOf(Names, name);
        type = (AlertType)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>The alert's id, <c>type:subject:account</c>. In the subject % and : are written %25 and %3A, so that the account begins behind the second colon.</summary>
    public string Id(string account)
    {
        var subject = Subject.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal);
        return $"{NameOf(Type)}:{subject}:{account}";
    }

    /// <summary>Reads an id. False: it is none.</summary>
    public static bool TryParse(string? id, out AlertKey key, [NotNullWhen(true)] out string? account)
    {
        (key, account) = (default, null);
        if (id?.Split(':', 3) is not [var type, var subject, { Length: > 0 } of] || !TryType(type, out var known)) return false;
        key = new AlertKey(known, subject.Replace("%3A", ":", StringComparison.OrdinalIgnoreCase).Replace("%25", "%", StringComparison.Ordinal));
        account = of;
        return true;
    }
}
