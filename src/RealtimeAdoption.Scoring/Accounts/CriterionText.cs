using System.Globalization;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>A criterion with its value, in the words of the model.</summary>
internal static class CriterionText
{
    /// <summary><c>contacts_created 24 of 25 within 30 days</c>, on a late day or today.</summary>
    public static string Of(in AccountBlock block, CompiledCriterion criterion, int day)
    {
        var shown = Adoption.ValueOn(block, criterion, day) is { } units ? Number(DecimalText.ToDecimal(units)) : "no value";
        return string.Create(CultureInfo.InvariantCulture, $"{criterion.Metric.Definition.Id} {shown} of {Number(criterion.Definition.AtLeast)} within {criterion.Within} days");
    }

    /// <summary><c>contacts_created from 24 to 25 within 30 days</c>, as of today.</summary>
    public static string To(in AccountBlock block, CompiledCriterion criterion, decimal target)
    {
        var value = Adoption.ValueOn(block, criterion, block.Day) is { } units ? DecimalText.ToDecimal(units) : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{criterion.Metric.Definition.Id} from {Number(value)} to {Number(target)} within {criterion.Within} days");
    }

    /// <summary>Up to 6 decimals, without zeros behind.</summary>
    public static string Number(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
