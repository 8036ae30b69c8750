using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>An account computed anew from all its records: repeated ids dropped, profile in journal order, usage in event-time order.</summary>
internal static class Rebuilding
{
    public static AccountState Run(CompiledModel model, ReadOnlySpan<byte> account, IReadOnlyList<(long Position, ReadOnlyMemory<byte> Record)> history, int day)
    {
        var inOrder = history.OrderBy(item => item.Position).ToList();
        var kept = new List<(long Position, ReadOnlyMemory<byte> Record)>(inOrder.Count);
        var usage = new List<(long TimeMs, ReadOnlyMemory<byte> Record)>(inOrder.Count);
        var seen = new HashSet<ulong>();
        var first = day;
        foreach (var item in inOrder)
        {
            var record = new Record(item.Record.Span);
            if (record.Identity != 0 && !seen.Add(record.Identity)) continue;
            kept.Add(item);
            if (kept.Count == 1) first = Math.Min(first, Days.Of(record.ReceivedAtMs));
            if (record.Kind != RecordKind.Usage) continue;
            first = Math.Min(first, Days.Of(record.TimeMs));
            usage.Add((record.TimeMs, item.Record));
        }

        var state = AccountActor.Create(model, account, first);
        var block = new AccountBlock(model, ref state);
        block.Set(BlockFlags.New, false);
        var profile = Profile.Read(block);
        foreach (var item in kept)
        {
            var record = new Record(item.Record.Span);
            if (record.Kind is RecordKind.Traits or RecordKind.Profile) profile = profile.With(record);
        }

        profile.Write(block);
        Entitlement.Refresh(block, profile);
        Entitlement.Place(block);
        usage.Sort((a, b) => a.TimeMs.CompareTo(b.TimeMs));
        var closesFrom = day - model.CloseDays;
        foreach (var (timeMs, bytes) in usage)
        {
            AdvanceTo(block, Days.Of(timeMs), closesFrom);
            Feeding.Feed(block, new Record(bytes.Span), out _, ofRebuild: true);
        }

        AdvanceTo(block, day, closesFrom);
        Entitlement.Place(block);
        HealthScore.Renew(block);
        Calendar.FindNextDue(block);
        block.ReportedAdopted = block.Adopted;
        block.ReportedStage = block.Stage;
        block.Position = inOrder.Count > 0 ? inOrder[^1].Position : 0;
        return state;
    }

    // Scores are worked out for the last days only: nobody asks for the closes before them.
    private static void AdvanceTo(in AccountBlock block, int day, int closesFrom)
    {
        while (block.Day < day)
        {
            if (block.Day >= closesFrom)
            {
                HealthScore.Renew(block);
                Closes.Take(block);
            }

            Calendar.OpenWindows(block);
        }
    }
}
