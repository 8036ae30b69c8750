using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// The message ids of one partition's recent events, 15 to 30 bytes an id. Ids dated before <see cref="Oldest"/> are forgotten: treated as absent at once, their place reused when their page is full.
/// Pages of one size, found by the first bits of a fingerprint; one that is full becomes two, so there is never more to do at one moment than the moving of some hundred ids. Tables that double held their lane up, and more than the moving
/// cost the memory: each was new, cleared by the system and once more by the collector, and the one before garbage.
/// Fingerprints are keyed 64-bit hashes, so a false duplicate has a chance of about 1e-17 an event.
/// </summary>
internal sealed unsafe class IdIndex
{
    // A directory's smallest: pages leave these bits out.
    private const int FirstDepth = IdLine.KnownBits;

    // In place of pages that nothing has come to yet: has no ids, and no room.
    private static readonly IdMemory NoMemory = new();
    private static readonly nint NoPage = NewNoPage();

    private readonly IdMemory memory = new();
    private nint[] directory = new nint[1 << FirstDepth];
    private int shift = 64 - FirstDepth;

    public IdIndex() => directory.AsSpan().Fill(NoPage);

    /// <summary>Ids dated before this day are forgotten. What was removed is dated 0.</summary>
    public int Oldest { get; private set; } = 1;

    /// <summary>Of the memory of ids, in use.</summary>
    public long Bytes => (long)memory.InUse * IdPage.Bytes;

    public void ForgetBefore(int day) => Oldest = Math.Max(Oldest, day);

    public void Prefetch(ulong fingerprint)
    {
        var page = PageOf(fingerprint);
        Ahead.Touch(in page.Home(fingerprint));
        // Where an id that is added is counted.
        Ahead.Touch(in page[0]);
    }

    /// <param name="fingerprint">Odd.</param>
    /// <param name="payload">As it was given, the bits of <see cref="IdLine.PayloadMask"/>.</param>
    public bool TryFind(ulong fingerprint, out uint payload)
    {
        payload = 0;
        if (!PageOf(fingerprint).TryFind(fingerprint, out var line, out var at)) return false;
        payload = line->Payload(at);
        return line->Day(at) >= Oldest;
    }

    /// <summary>Adds an id that is not known. False: it is, with the payload given back.</summary>
    public bool TryAdd(ulong fingerprint, uint payload, int day, out uint known)
    {
        var page = PageOf(fingerprint);
        if (page.TryFind(fingerprint, out var line, out var at))
        {
            known = line->Payload(at);
            if (line->Day(at) >= Oldest) return false;
            line->Set(at, fingerprint, payload, day);
            return true;
        }

        known = 0;
        while (page.Count >= IdPage.Most) page = MakeRoom(fingerprint, page);
        page.Add(fingerprint, payload, day);
        return true;
    }

    /// <summary>Takes back an id whose record was dropped.</summary>
    public void Remove(ulong fingerprint)
    {
        if (PageOf(fingerprint).TryFind(fingerprint, out var line, out var at)) line->Set(at, fingerprint, 0, day: 0);
    }

    /// <summary>Whether a payload that was given back may be this one.</summary>
    public static bool IsSame(uint known, uint payload) => known == (payload & IdLine.PayloadMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IdPage PageOf(ulong fingerprint) => new(directory[fingerprint >> shift]);

    // Without the forgotten ones, and in two where that is not enough.
    private IdPage MakeRoom(ulong fingerprint, IdPage page)
    {
        if (page.Reference == NoPage)
        {
            Put(fingerprint, new IdPage(memory.Take(), FirstDepth));
            return PageOf(fingerprint);
        }

        var isSplit = page.CountFrom(Oldest) > IdPage.Most * 3 / 4;
        var depth = isSplit ? page.Depth + 1 : page.Depth;
        if (64 - shift < depth) DoubleDirectory();
        var zero = new IdPage(memory.Take(), depth);
        var one = isSplit ? new IdPage(memory.Take(), depth) : zero;
        page.MoveTo(zero, one, Oldest);
        memory.Return(page.Address);
        var bit = 1UL << (64 - depth);
        Put(fingerprint, isSplit && (fingerprint & bit) != 0 ? one : zero);
        if (isSplit) Put(fingerprint ^ bit, (fingerprint & bit) != 0 ? zero : one);
        return PageOf(fingerprint);
    }

    private void Put(ulong fingerprint, IdPage page)
    {
        var places = 1 << (64 - shift - page.Depth);
        directory.AsSpan((int)(fingerprint >> shift) & -places, places).Fill(page.Reference);
    }

    private void DoubleDirectory()
    {
        var larger = new nint[directory.Length * 2];
        for (var i = 0; i < larger.Length; i++) larger[i] = directory[i / 2];
        directory = larger;
        shift--;
    }

    private static nint NewNoPage()
    {
        var page = new IdPage(NoMemory.Take(), FirstDepth);
        page[0].InPage = ushort.MaxValue;
        return page.Reference;
    }
}
