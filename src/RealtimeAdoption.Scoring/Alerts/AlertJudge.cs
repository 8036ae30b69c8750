using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>Judges an account's alerts. Called at the points that docs/alerts.md ('The life') names, and at no others; never while a rebuild is pending.</summary>
internal static class AlertJudge
{
    /// <summary>True: what the summary row says of alerts differs.</summary>
    public static bool Judge(in AccountBlock block, in JudgeContext context) => false;

    /// <summary>
    /// The first day after today whose tick can change an alert though no record comes and no score, adoption, entitlement, activity or NPS changes; <see cref="AccountBlock.Never"/>: none.
    /// Asked only of accounts in which nothing moves from day to day.
    /// </summary>
    public static int NextDue(in AccountBlock block) => AccountBlock.Never;
}
