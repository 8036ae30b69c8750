using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>The score as changes have told it last, with each measure's part in it.</summary>
internal static class RecordedScore
{
    /// <summary>The shown score is another than the one recorded last, or there is one for the first time, or none any more.</summary>
    public static bool IsOld(in AccountBlock block)
    {
        ref var head = ref new HealthState(block).Head;
        return head.Tenths != head.RecordedTenths;
    }

    /// <summary>From the recorded score to the present one.</summary>
    public static ScoreMove Move(in AccountBlock block)
    {
        var state = new HealthState(block);
        var measures = block.Model.Health?.Measures ?? [];
        var departed = Departed(block);
        var moves = new MeasureMove[measures.Length + departed.Count];
        Span<double> parts = measures.Length <= 32 ? stackalloc double[measures.Length] : new double[measures.Length];
        if (measures.Length > 0) HealthScore.Contributions(block, parts);
        var next = 0;
        foreach (var measure in measures) moves[next++] = new MeasureMove(measure.Definition.Id, state.Recorded[measure.Index], parts[measure.Index]);
        foreach (var (id, part) in departed) moves[next++] = new MeasureMove(id, part, 0);
        return new ScoreMove(OrNull(state.Head.RecordedScore), OrNull(state.Head.Score), moves);
    }

    /// <summary>The same in its stored form.</summary>
    public static void Write(in AccountBlock block, ByteWriting to)
    {
        if (block.Capacity(block.Layout.Departed) > 0)
        {
            ScoreBytes.Write(to, Move(block));
            return;
        }

        var state = new HealthState(block);
        var measures = block.Model.Health?.Measures ?? [];
        Span<double> parts = measures.Length <= 32 ? stackalloc double[measures.Length] : new double[measures.Length];
        if (measures.Length > 0) HealthScore.Contributions(block, parts);
        ScoreBytes.Begin(to, OrNull(state.Head.RecordedScore), OrNull(state.Head.Score), measures.Length);
        foreach (var measure in measures) ScoreBytes.Write(to, new MeasureMove(measure.Definition.Id, state.Recorded[measure.Index], parts[measure.Index]));
    }

    /// <summary>The present score is told.</summary>
    public static void Set(in AccountBlock block)
    {
        var state = new HealthState(block);
        state.Head.RecordedScore = state.Head.Score;
        state.Head.RecordedTenths = state.Head.Tenths;
        if (block.Model.Health is not null) HealthScore.Contributions(block, state.Recorded);
        if (block.Capacity(block.Layout.Departed) > 0) block.Resize(block.Layout.Departed, 0);
    }

    /// <summary>
    /// What was told of the live account stands for the rebuilt one. Under another model measures are matched by their ids; parts of those that it does not have are
    /// kept until the next recording.
    /// </summary>
    public static void Carry(in AccountBlock rebuilt, in AccountBlock live)
    {
        var to = new HealthState(rebuilt);
        var from = new HealthState(live);
        to.Head.RecordedScore = from.Head.RecordedScore;
        to.Head.RecordedTenths = from.Head.RecordedTenths;
        if (ReferenceEquals(rebuilt.Model, live.Model))
        {
            from.Recorded.CopyTo(to.Recorded);
            Copy(rebuilt, live.SectionSpan(live.Layout.Departed));
            return;
        }

        var parts = Departed(live);
        foreach (var measure in live.Model.Health?.Measures ?? []) parts.Add((measure.Definition.Id, from.Recorded[measure.Index]));
        to.Recorded.Clear();
        foreach (var measure in rebuilt.Model.Health?.Measures ?? [])
        {
            var found = parts.FindIndex(part => part.Measure == measure.Definition.Id);
            if (found < 0) continue;
            to.Recorded[measure.Index] = parts[found].Part;
            parts.RemoveAt(found);
        }

        parts.RemoveAll(part => part.Part == 0);
        if (parts.Count == 0 || rebuilt.Model.Planted == PlantedBug.DepartedMeasureForgotten) return;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(parts.Count);
        foreach (var (measure, part) in parts)
        {
            writer.Write(measure);
            writer.Write(part);
        }

        writer.Flush();
        Copy(rebuilt, stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static void Copy(in AccountBlock block, ReadOnlySpan<byte> departed)
    {
        block.Resize(block.Layout.Departed, departed.Length);
        departed.CopyTo(block.SectionSpan(block.Layout.Departed));
    }

    private static List<(string Measure, double Part)> Departed(in AccountBlock block)
    {
        var parts = new List<(string Measure, double Part)>();
        var section = block.SectionSpan(block.Layout.Departed);
        if (section.IsEmpty) return parts;
        var reading = new ByteReading(section);
        for (var left = reading.Int32(); left > 0; left--) parts.Add((reading.Text(), reading.Double()));
        return parts;
    }

    private static double? OrNull(double score) => double.IsNaN(score) ? null : score;
}
