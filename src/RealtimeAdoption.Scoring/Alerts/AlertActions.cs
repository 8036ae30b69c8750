using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What people do to alerts: records of the kind <see cref="RecordKind.AlertAction"/>.</summary>
internal static class AlertActions
{
    /// <summary>Applies an action; alerts are judged after it. True: the summary row differs.</summary>
    public static bool Apply(in AccountBlock block, in Record record, in Occasion occasion) => false;
}
