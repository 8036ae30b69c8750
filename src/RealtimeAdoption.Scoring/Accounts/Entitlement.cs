using System.Numerics;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>Which products the contract covers on a day, and the stage that follows.</summary>
internal static class Entitlement
{
    public static ulong On(CompiledModel model, Profile profile, int day)
    {
        if (profile.Contract is not { } lines || model.Planted == PlantedBug.EntitlementIgnored) return model.AllProducts;
        ulong mask = 0;
        foreach (var line in lines)
        {
            var product = model.ProductOf(line.Product);
            if (product >= 0 && line.Start <= day && (line.End is not { } end || day < end)) mask |= 1UL << product;
        }

        return mask;
    }

    /// <summary>After a new contract, or on a day when a line starts or ends.</summary>
    public static void Refresh(in AccountBlock block, Profile profile)
    {
        var day = block.Day;
        block.Entitled = On(block.Model, profile, day);
        var until = AccountBlock.Never;
        foreach (var line in profile.Contract ?? [])
        {
            if (line.Start > day) until = Math.Min(until, line.Start);
            if (line.End > day) until = Math.Min(until, line.End.Value);
        }

        block.EntitledUntil = until;
    }

    /// <summary>Adds to a cause which products it brought into or out of the contract.</summary>
    public static Cause Explain(in AccountBlock block, ulong before, Cause cause)
    {
        if (block.Entitled == before) return cause;
        var (covered, uncovered) = (Ids(block.Model, block.Entitled & ~before), Ids(block.Model, before & ~block.Entitled));
        return cause with { Covered = covered.Count > 0 ? covered : null, Uncovered = uncovered.Count > 0 ? uncovered : null };
    }

    private static List<string> Ids(CompiledModel model, ulong products) =>
        [.. model.Products.Where(product => (products & product.Bit) != 0).Select(product => product.Definition.Id)];

    /// <summary>The stage by the products adopted and entitled now.</summary>
    public static void Place(in AccountBlock block) => block.Stage = StageOf(block.Model, block.Adopted & block.Entitled);

    public static int StageOf(CompiledModel model, ulong adopted) => model.StageOfCount[BitOperations.PopCount(adopted)];

    /// <summary>First day of the present run of days with this stage. Looks only at the days on which something can have changed.</summary>
    public static int StageSince(in AccountBlock block, Profile profile)
    {
        var model = block.Model;
        var days = new List<int>();
        for (var product = 0; product < model.Products.Length; product++)
        {
            foreach (var (day, _) in new AdoptionTurns(block, product)) days.Add(day);
        }

        foreach (var line in profile.Contract ?? [])
        {
            days.Add(line.Start);
            if (line.End is { } ended) days.Add(ended);
        }

        days.Sort();
        for (var i = days.Count - 1; i >= 0 && days[i] > block.FirstDay; i--)
        {
            var day = days[i];
            if (day <= block.Day && StageOf(model, AdoptedOn(block, day - 1) & On(model, profile, day - 1)) != block.Stage) return day;
        }

        return block.FirstDay;
    }

    private static ulong AdoptedOn(in AccountBlock block, int day)
    {
        ulong mask = 0;
        for (var product = 0; product < block.Model.Products.Length; product++)
        {
            if (Adoption.IsAdoptedOn(block, product, day)) mask |= 1UL << product;
        }

        return mask;
    }
}
