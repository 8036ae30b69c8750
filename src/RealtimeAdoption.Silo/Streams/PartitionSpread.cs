using System.Text;
using Orleans.Runtime;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>
/// Which silo has which partition and its queue, by nothing but the list of silos: as many each, give or take one. Each partition likes some silos more than others, and the greatest liking is served first, so where a silo comes or goes few
/// partitions change theirs, and one that is started again at its address has those again that it had.
/// </summary>
internal static class PartitionSpread
{
    private readonly record struct Liking(ulong Weight, int Partition, int Silo);

    /// <summary>By partition.</summary>
    public static SiloAddress[] Of(int partitions, IReadOnlyCollection<SiloAddress> silos)
    {
        var all = silos.Order().ToArray();
        var names = Array.ConvertAll(all, silo => StableHash.Of(Encoding.UTF8.GetBytes(silo.Endpoint.ToString())));
        var likings = new List<Liking>(partitions * all.Length);
        for (var partition = 0; partition < partitions; partition++)
        {
            for (var silo = 0; silo < all.Length; silo++) likings.Add(new Liking(StableHash.Combine(names[silo], (ulong)partition), partition, silo));
        }

        likings.Sort(static (one, other) => (other.Weight, one.Partition, one.Silo).CompareTo((one.Weight, other.Partition, other.Silo)));
        return Serve(likings, partitions, all);
    }

    private static SiloAddress[] Serve(List<Liking> likings, int partitions, SiloAddress[] all)
    {
        var (least, more) = Math.DivRem(partitions, all.Length);
        var had = new int[all.Length];
        var of = new SiloAddress?[partitions];
        foreach (var (_, partition, silo) in likings)
        {
            if (of[partition] is not null || had[silo] > least || (had[silo] == least && more == 0)) continue;
            if (had[silo]++ == least) more--;
            of[partition] = all[silo];
        }

        return of!;
    }
}
