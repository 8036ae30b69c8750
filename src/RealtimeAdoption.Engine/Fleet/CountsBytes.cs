using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>The binary form of <see cref="FleetCounts"/>, without the model whose ids they are of. Lists have their lengths, so that those which do not come from the model may grow.</summary>
internal static class CountsBytes
{
    public static void Write(BinaryWriter writer, FleetCounts counts)
    {
        writer.Write(counts.Accounts);
        writer.Write(counts.Churned);
        writer.Write(counts.Rebuilding);
        writer.Write(counts.Events);
        foreach (var list in Lists(counts))
        {
            writer.Write7BitEncodedInt(list.Length);
            foreach (var count in list) writer.Write7BitEncodedInt(count);
        }
    }

    /// <exception cref="InvalidDataException">They are of another model.</exception>
    public static FleetCounts Read(BinaryReader reader, CompiledModel model)
    {
        var counts = new FleetCounts(model) { Accounts = reader.ReadInt32(), Churned = reader.ReadInt32(), Rebuilding = reader.ReadInt32(), Events = reader.ReadInt64() };
        var ofModel = ModelLists;
        foreach (var list in Lists(counts))
        {
            var length = reader.Read7BitEncodedInt();
            if (ofModel-- > 0 && length != list.Length) throw new InvalidDataException($"Counts of {length} where the model has {list.Length}.");
            for (var i = 0; i < length; i++)
            {
                var count = reader.Read7BitEncodedInt();
                if (i < list.Length) list[i] = count;
            }
        }

        return counts;
    }

    private const int ModelLists = 5;

    // Those of the model's ids first. What is added later comes behind.
    private static int[][] Lists(FleetCounts counts) =>
        [counts.ByStage, counts.Adopted, counts.Entitled, counts.BySegment, counts.AdoptedBySegment, counts.ByBand, counts.OpenAlerts, counts.AcknowledgedAlerts, counts.SnoozedAlerts];
}
