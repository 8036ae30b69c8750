using System.Text.Json;
using RealtimeAdoption.TestKit.Drivers;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>What can be seen of a partition as one text, to compare two of them.</summary>
internal static class PartitionPicture
{
    /// <summary>Everything, states to the byte.</summary>
    public static string Whole(PartitionDriver driver, IEnumerable<string> accounts)
    {
        var counts = driver.Counts;
        var states = accounts.Select(account => $"{account} {Convert.ToHexString(driver.Partition.State(account))}");
        return $"""
            {driver.Partition.Applied} {driver.Partition.Day} {driver.Partition.LastInputAtMs} {driver.Partition.PendingRebuilds} {driver.Partition.ModelText} {driver.Partition.Generation}
            {counts.Accounts} {counts.Churned} {counts.Rebuilding} {counts.Events} {string.Join(',', counts.ByStage)} {string.Join(',', counts.Adopted)}
            {string.Join(',', counts.Entitled)} {string.Join(',', counts.BySegment)} {string.Join(',', counts.AdoptedBySegment)} {string.Join(',', counts.ByBand)} {driver.Changes.Count}
            {string.Join('\n', states)}
            """;
    }

    /// <summary>What is measured of an account, and no reaction.</summary>
    public static string Measured(PartitionDriver driver, string account)
    {
        var view = driver.View(account) ?? throw new InvalidOperationException($"There is no account {account}.");
        return JsonSerializer.Serialize(new
        {
            view.AsOf, view.Model, view.Segment, view.Stage, view.StageSince, view.Products, view.Users, view.PrimaryProduct, view.SecondProduct, view.LastActivityOn, view.Entitlements,
            view.Rebuilding, view.Health?.Score, view.Health?.Measures,
        });
    }
}
