using System.Buffers.Binary;
using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>The score as changes have told it last, with each measure's part in it.</summary>
internal static class RecordedScore
{
    // Less is no move: how doubles are added up, not what happened.
    private const double SamePart = 1e-9;

    /// <summary>The shown score is another than the one recorded last, or there is one for the first time, or none any more.</summary>
    public static bool IsOld(in AccountBlock block)
    {
        ref var head = ref new HealthState(block).Head;
        return head.Tenths != head.RecordedTenths;
    }

    /// <summary>A measure's part differs from what was recorded, or one was recorded of a measure that is no more.</summary>
    public static bool Differs(in AccountBlock block, scoped in ScoreStanding now)
    {
        if (block.Capacity(block.Layout.Departed) > 0) return true;
        var recorded = new HealthState(block).Recorded;
        Span<double> parts = recorded.Length <= ScoreStanding.OnStack ? stackalloc double[recorded.Length] : new double[recorded.Length];
        now.Parts(parts);
        for (var measure = 0; measure < parts.Length; measure++)
        {
            if (Math.Abs(parts[measure] - recorded[measure]) > SamePart) return true;
        }

        return false;
    }

    /// <summary>From the recorded score to one of the account's later standings.</summary>
    public static ScoreMove Move(in AccountBlock block, scoped in ScoreStanding to)
    {
        var state = new HealthState(block);
        var measures = block.Model.Health?.Measures ?? [];
        var departed = Departed(block);
        var moves = new MeasureMove[measures.Length + departed.Count];
        Span<double> parts = measures.Length <= ScoreStanding.OnStack ? stackalloc double[measures.Length] : new double[measures.Length];
        to.Parts(parts);
        var next = 0;
        foreach (var measure in measures) moves[next++] = new MeasureMove(measure.Definition.Id, state.Recorded[measure.Index], parts[measure.Index]);
        foreach (var (id, part) in departed) moves[next++] = new MeasureMove(id, part, 0);
        return new ScoreMove(OrNull(state.Head.RecordedScore), OrNull(to.Score), moves);
    }

    /// <summary>The same in its stored form.</summary>
    public static void Write(in AccountBlock block, scoped in ScoreStanding to, ByteWriting output)
    {
        if (block.Capacity(block.Layout.Departed) > 0)
        {
            ScoreBytes.Write(output, Move(block, to));
            return;
        }

        var state = new HealthState(block);
        var measures = block.Model.Health?.Measures ?? [];
        Span<double> parts = measures.Length <= ScoreStanding.OnStack ? stackalloc double[measures.Length] : new double[measures.Length];
        to.Parts(parts);
        ScoreBytes.Begin(output, OrNull(state.Head.RecordedScore), OrNull(to.Score), measures.Length);
        foreach (var measure in measures) ScoreBytes.Write(output, new MeasureMove(measure.Definition.Id, state.Recorded[measure.Index], parts[measure.Index]));
    }

    /// <summary>One of the account's standings is told, with all that the records through a position did to it.</summary>
    public static void Set(in AccountBlock block, scoped in ScoreStanding to, long through)
    {
        var state = new HealthState(block);
        state.Head.RecordedScore = to.Score;
        state.Head.RecordedTenths = to.Tenths;
        state.RecordedThrough = through;
        to.Parts(state.Recorded);
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
        to.RecordedThrough = from.RecordedThrough;
        if (ReferenceEquals(rebuilt.Model, live.Model))
        {
            from.Recorded.CopyTo(to.Recorded);
            Copy(rebuilt, live.SectionSpan(live.Layout.Departed));
            return;
        }

        var parts = Parts(live);
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
        WriteParts(writer, parts);
        writer.Flush();
        Copy(rebuilt, stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    // Each measure's recorded part by its id, those of measures that the model does not have among them.
    private static List<(string Measure, double Part)> Parts(in AccountBlock block)
    {
        var recorded = new HealthState(block).Recorded;
        var parts = Departed(block);
        foreach (var measure in block.Model.Health?.Measures ?? []) parts.Add((measure.Definition.Id, recorded[measure.Index]));
        return parts;
    }

    /// <summary>Bytes that <see cref="WriteParts(in AccountBlock, Span{byte})"/> fills.</summary>
    public static int PartsSize(in AccountBlock block)
    {
        var size = Math.Max(sizeof(int), block.SectionSpan(block.Layout.Departed).Length);
        foreach (var measure in block.Model.Health?.Measures ?? []) size += 1 + Encoding.UTF8.GetByteCount(measure.Definition.Id) + sizeof(double);
        return size;
    }

    /// <summary>Each measure's recorded part by its id, those of measures that the model does not have behind, in the form that <see cref="ReadParts"/> reads.</summary>
    public static void WriteParts(in AccountBlock block, Span<byte> to)
    {
        var state = new HealthState(block);
        var departed = block.SectionSpan(block.Layout.Departed);
        BinaryPrimitives.WriteInt32LittleEndian(to, state.Recorded.Length + (departed.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(departed)));
        to = to[sizeof(int)..];
        foreach (var measure in block.Model.Health?.Measures ?? [])
        {
            // An id is at most 64 ASCII characters.
            to[0] = (byte)Encoding.UTF8.GetBytes(measure.Definition.Id, to[1..]);
            BinaryPrimitives.WriteDoubleLittleEndian(to[(1 + to[0])..], state.Recorded[measure.Index]);
            to = to[(1 + to[0] + sizeof(double))..];
        }

        if (!departed.IsEmpty) departed[sizeof(int)..].CopyTo(to);
    }

    private static void Copy(in AccountBlock block, ReadOnlySpan<byte> departed)
    {
        block.Resize(block.Layout.Departed, departed.Length);
        departed.CopyTo(block.SectionSpan(block.Layout.Departed));
    }

    private static List<(string Measure, double Part)> Departed(in AccountBlock block)
    {
        var section = block.SectionSpan(block.Layout.Departed);
        if (section.IsEmpty) return [];
        var reading = new ByteReading(section);
        return ReadParts(ref reading);
    }

    private static void WriteParts(BinaryWriter writer, List<(string Measure, double Part)> parts)
    {
        writer.Write(parts.Count);
        foreach (var (measure, part) in parts)
        {
            writer.Write(measure);
            writer.Write(part);
        }
    }

    /// <summary>Measures with their parts, as a section of the block keeps them.</summary>
    public static List<(string Measure, double Part)> ReadParts(ref ByteReading reading)
    {
        var parts = new List<(string Measure, double Part)>();
        for (var left = reading.Int32(); left > 0; left--) parts.Add((reading.Text(), reading.Double()));
        return parts;
    }

    private static double? OrNull(double score) => double.IsNaN(score) ? null : score;
}
