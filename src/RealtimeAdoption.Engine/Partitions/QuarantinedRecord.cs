using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A record that is durable and counts for nothing, because it breaks what is computed from it. The journal keeps it, so it can be released once a program can apply it.</summary>
/// <param name="Partition">Whose journal holds it.</param>
/// <param name="Position">In that journal.</param>
/// <param name="Account">Its account.</param>
/// <param name="Name">Of the event; empty where the record has none.</param>
/// <param name="MessageId">As sent; empty: none.</param>
/// <param name="ReceivedAt">When it was accepted.</param>
/// <param name="Reason">Type and message of what it broke with, at most 300 characters.</param>
public sealed record QuarantinedRecord(int Partition, long Position, string Account, string Name, string MessageId, DateTimeOffset ReceivedAt, string Reason)
{
    private const int ReasonLengthMax = 300;

    internal static QuarantinedRecord Of(int partition, long position, in Record record, Exception error)
    {
        var reason = $"{error.GetType().Name}: {error.Message}";
        return new QuarantinedRecord(
            partition, position, Encoding.UTF8.GetString(record.Account), Encoding.UTF8.GetString(record.Name), Encoding.UTF8.GetString(record.MessageId),
            DateTimeOffset.FromUnixTimeMilliseconds(record.ReceivedAtMs), reason.Length > ReasonLengthMax ? reason[..ReasonLengthMax] : reason);
    }

    // Stored in checkpoints and in the journal.
    internal void Write(BinaryWriter writer)
    {
        writer.Write(Partition);
        writer.Write(Position);
        writer.Write(Account);
        writer.Write(Name);
        writer.Write(MessageId);
        writer.Write(ReceivedAt.ToUnixTimeMilliseconds());
        writer.Write(Reason);
    }

    internal static QuarantinedRecord Read(BinaryReader reader) => new(
        reader.ReadInt32(), reader.ReadInt64(), reader.ReadString(), reader.ReadString(), reader.ReadString(), DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()), reader.ReadString());
}
