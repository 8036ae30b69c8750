using System.Buffers;
using System.Text;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// One request's messages on their way into the journal: turns each into its record or refuses it, in the order they came, and afterwards tells what became of
/// each. Holds the batch's pooled memory; the body must live as long. Not thread-safe.
/// </summary>
internal sealed class Delivery : IDisposable
{
    private readonly IScoringHost host;
    private readonly byte[] body;
    private readonly bool isImport;
    private readonly int errorsMax;
    private readonly long nowMs;
    private Item[] items = ArrayPool<Item>.Shared.Rent(16);
    private GroupedUsers? grouped;
    private List<Refusal>? refusals;
    private int listedDrafts;

    public Delivery(IScoringHost host, WriteSource source, byte[] body, bool isImport, int errorsMax)
    {
        this.host = host;
        Source = source;
        this.body = body;
        this.isImport = isImport;
        this.errorsMax = errorsMax;
        nowMs = host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        Batch = new IntakeBatch(host.Identity.Partitions);
    }

    // Draft: index into the batch, -1 where refused. Second: of the directory's draft, -1 without.
    private record struct Item(int Start, int Length, int Draft, int Second, long OriginalMs);

    public WriteSource Source { get; }

    public IntakeBatch Batch { get; }

    /// <summary>Items seen, refused ones included.</summary>
    public int Count { get; private set; }

    public int Accepted { get; private set; }

    public int Duplicates { get; private set; }

    public int Rejected { get; private set; }

    /// <summary>Of <see cref="Rejected"/>, those that could not even be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>The first of those rejected, by index; at most as many as the option lists.</summary>
    public IReadOnlyList<Refusal> Refusals => refusals ?? (IReadOnlyList<Refusal>)[];

    /// <summary>Takes a message that was read whole; <paramref name="start"/> and <paramref name="length"/> say where it lies in the body.</summary>
    public void Add(in Message message, ReadOnlySpan<byte> text, MessageTable table, int start, int length)
    {
        var item = new Item(start, length, -1, -1, long.MinValue);
        if (message.RefusalCode is not null)
        {
            Refuse(item, message.RefusalCode, message.RefusalDetail!, IdOf(message, text, table), null);
            return;
        }

        if (message.Type is MessageType.None or MessageType.Unknown)
        {
            Refuse(item, RefusalCode.UnknownType, "type must be track, identify, group, page, screen or alias.", IdOf(message, text, table), null);
            return;
        }

        if (message.Type == MessageType.Track && message.Event.IsAbsent)
        {
            Refuse(item, RefusalCode.NoMessageName, "A track message needs event, a string.", IdOf(message, text, table), null);
            return;
        }

        if (!TryTime(message, text, table, out var time, out var wrongField))
        {
            Refuse(item, RefusalCode.TimestampInvalid, $"{wrongField} cannot be read; {InstantText.Expected}.", IdOf(message, text, table), null);
            return;
        }

        item.OriginalMs = time.OriginalMs;
        var user = message.UserId.In(text, table.Scratch);
        var account = AccountOf(message, text, table, user, out var lookedUp);
        var needsAccount = message.Type is not (MessageType.Identify or MessageType.Alias);
        if (account.IsEmpty && (needsAccount || user.IsEmpty))
        {
            Refuse(item, RefusalCode.NoAccount, NoAccountDetail(message.Type, user), IdOf(message, text, table), null);
            return;
        }

        // The lookup may have moved the scratch.
        var drafts = new MessageDrafts(text, table, Source.NameBytes.Span, host.Identity.IdSeed);
        (item.Draft, item.Second) = drafts.Write(Batch, message, account, time, lookedUp ? RecordFlags.LookedUp : RecordFlags.None);
        if (item.Second >= 0) (grouped ??= new GroupedUsers()).Set(user, account);
        Put(item);
    }

    /// <summary>Refuses the next item before it could be read.</summary>
    public void RefuseUnreadable(int start, int length, string code, string detail)
    {
        Unreadable++;
        Refuse(new Item(start, length, -1, -1, long.MinValue), code, detail, null, null);
    }

    /// <summary>
    /// The batch's own sentAt, which may stand behind its messages: corrects the clock of those that gave a time and no sentAt of their own.
    /// </summary>
    public void CorrectClock(long sentAtMs)
    {
        if (isImport) return;
        for (var i = 0; i < Count; i++)
        {
            ref var item = ref items[i];
            if (item.Draft < 0 || item.OriginalMs == long.MinValue) continue;
            var age = sentAtMs - item.OriginalMs;
            if (!InstantText.IsInRange(nowMs - age)) continue;
            Correct(item.Draft, age);
            if (item.Second >= 0) Correct(item.Second, age);
        }
    }

    /// <summary>Reads the outcomes when the host is done: sets the counts and adds what the host refused. False: an outcome is missing.</summary>
    public bool Settle()
    {
        var known = refusals?.Count ?? 0;
        for (var i = 0; i < Count; i++)
        {
            ref readonly var item = ref items[i];
            if (item.Draft < 0) continue;
            var outcome = Batch.Outcomes[item.Draft];
            if (item.Second >= 0) outcome = Both(outcome, Batch.Outcomes[item.Second]);
            switch (outcome)
            {
                case IntakeOutcome.Accepted: Accepted++; break;
                case IntakeOutcome.Duplicate: Duplicates++; break;
                case IntakeOutcome.Conflict:
                    RefuseDraft(i, RefusalCode.Conflict, "This message id is known with another payload; the first one stands.");
                    break;
                case IntakeOutcome.TimestampInFuture:
                    RefuseDraft(i, RefusalCode.TimestampInFuture, "The event is dated more than 24 hours after its receipt.");
                    break;
                default: return false;
            }
        }

        if (refusals is not null && refusals.Count > known && known > 0) refusals.Sort((a, b) => a.Index.CompareTo(b.Index));
        if (refusals is not null && refusals.Count > errorsMax) refusals.RemoveRange(errorsMax, refusals.Count - errorsMax);
        return true;
    }

    public void Dispose()
    {
        Batch.Dispose();
        ArrayPool<Item>.Shared.Return(items);
        items = [];
        Count = 0;
    }

    // A refusal wins over all; then what had an effect.
    private static IntakeOutcome Both(IntakeOutcome first, IntakeOutcome second)
    {
        if (first == IntakeOutcome.Pending || second == IntakeOutcome.Pending) return IntakeOutcome.Pending;
        if (first is IntakeOutcome.Conflict or IntakeOutcome.TimestampInFuture) return first;
        if (second is IntakeOutcome.Conflict or IntakeOutcome.TimestampInFuture) return second;
        return first == IntakeOutcome.Accepted ? first : second;
    }

    private static string NoAccountDetail(MessageType type, ReadOnlySpan<byte> user) => (type, user.IsEmpty) switch
    {
        (MessageType.Identify or MessageType.Alias, _) => "The message names neither a userId nor an account.",
        (MessageType.Group, _) => "A group message needs groupId.",
        (_, true) => "No account: give context.groupId or properties.account_id, or a userId that was grouped before.",
        _ => "No account: give context.groupId or properties.account_id; this userId was never grouped into one.",
    };

    private static string? IdOf(in Message message, ReadOnlySpan<byte> text, MessageTable table) =>
        message.MessageId.IsAbsent ? null : Encoding.UTF8.GetString(message.MessageId.In(text, table.Scratch)[..Math.Min(message.MessageId.Length, MessageReader.IdBytesMax)]);

    private ReadOnlySpan<byte> AccountOf(in Message message, ReadOnlySpan<byte> text, MessageTable table, ReadOnlySpan<byte> user, out bool lookedUp)
    {
        lookedUp = false;
        if (!message.ContextGroupId.IsAbsent) return message.ContextGroupId.In(text, table.Scratch);
        if (!message.PropertiesAccountId.IsAbsent) return message.PropertiesAccountId.In(text, table.Scratch);
        if (message.Type == MessageType.Group) return message.GroupId.In(text, table.Scratch);
        if (user.IsEmpty) return default;

        // A group message earlier in this request is not in the host's directory yet.
        if (grouped is not null && grouped.TryFind(user, out var account))
        {
            lookedUp = true;
            return account;
        }

        if (!host.TryFindAccount(user, out var found)) return default;
        lookedUp = true;
        return table.Take(Encoding.UTF8.GetBytes(found, table.Room(Encoding.UTF8.GetMaxByteCount(found.Length)))).In(text, table.Scratch);
    }

    private bool TryTime(in Message message, ReadOnlySpan<byte> text, MessageTable table, out MessageTime time, out string wrongField)
    {
        time = new MessageTime { Flags = isImport ? RecordFlags.Import : RecordFlags.None, OriginalMs = long.MinValue };
        wrongField = "";
        if (message.Timestamp.IsAbsent && message.OriginalTimestamp.IsAbsent) return true;
        long absoluteMs = 0, originalMs = 0;
        wrongField = "timestamp";
        if (!message.Timestamp.IsAbsent && !InstantText.TryParse(message.Timestamp.In(text, table.Scratch), out absoluteMs)) return false;
        wrongField = "originalTimestamp";
        if (!message.OriginalTimestamp.IsAbsent && !InstantText.TryParse(message.OriginalTimestamp.In(text, table.Scratch), out originalMs)) return false;
        if (message.Timestamp.IsAbsent) absoluteMs = originalMs;
        if (message.OriginalTimestamp.IsAbsent) originalMs = absoluteMs;
        time.Text = message.Timestamp.IsAbsent ? message.OriginalTimestamp : message.Timestamp;
        time.Flags |= RecordFlags.HasTimestamp;
        time.Ms = absoluteMs;
        if (isImport) return true;
        if (!message.SentAt.IsAbsent && InstantText.TryParse(message.SentAt.In(text, table.Scratch), out var sentAtMs))
        {
            var age = sentAtMs - originalMs;
            if (!InstantText.IsInRange(nowMs - age)) return true;
            time.Flags |= RecordFlags.TimeIsAge;
            time.Ms = age;
        }
        else
        {
            time.OriginalMs = originalMs;
        }

        return true;
    }

    private void Correct(int draft, long ageMs)
    {
        var record = Batch.Records.Writable[Batch.Drafts[draft].Offset..];
        Record.Stamp(record, 0, ageMs, new Record(record).Flags | RecordFlags.TimeIsAge);
    }

    private void RefuseDraft(int index, string code, string detail)
    {
        Rejected++;
        if (listedDrafts == errorsMax) return;
        listedDrafts++;
        ref readonly var item = ref items[index];
        var record = new Record(Batch.Records.Written[Batch.Drafts[item.Draft].Offset..]);
        var messageId = record.MessageId.IsEmpty ? null : Encoding.UTF8.GetString(record.MessageId);
        (refusals ??= []).Add(new Refusal(index, code, detail, messageId, Encoding.UTF8.GetString(record.Account), Sample.Of(body.AsSpan(item.Start, item.Length))));
    }

    private void Refuse(Item item, string code, string detail, string? messageId, string? account)
    {
        Rejected++;
        if ((refusals?.Count ?? 0) < errorsMax)
            (refusals ??= []).Add(new Refusal(Count, code, detail, messageId, account, Sample.Of(body.AsSpan(item.Start, item.Length))));
        Put(item);
    }

    private void Put(Item item)
    {
        if (Count == items.Length)
        {
            var more = ArrayPool<Item>.Shared.Rent(Count * 2);
            items.AsSpan(0, Count).CopyTo(more);
            ArrayPool<Item>.Shared.Return(items);
            items = more;
        }

        items[Count++] = item;
    }
}

/// <summary>When a message happened, as its draft says it.</summary>
internal struct MessageTime
{
    public RecordFlags Flags;

    /// <summary>Unix milliseconds, or an age: see <see cref="RecordFlags.TimeIsAge"/>.</summary>
    public long Ms;

    /// <summary>Unix milliseconds on the sender's clock, where the batch's sentAt may still correct it; otherwise the least value.</summary>
    public long OriginalMs;

    /// <summary>As sent.</summary>
    public TextRange Text;
}
