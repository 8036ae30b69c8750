using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// The message ids of one partition's recent events. Ids dated before <see cref="Oldest"/> are forgotten: treated as absent at once, their place reused when there is need.
/// <para>In memory they lie in pages of one size, found by the first bits of a fingerprint, 15 to 30 bytes an id; one that is full becomes two. What memory has no room for goes to scratch: the ids are divided by their first bits among shelves,
/// each with a share of the memory, and when the pages of one are full, its ids go into a sorted run, and memory keeps a filter of them. So a new id seldom reads scratch, a known one reads a block.</para>
/// <para>An id is known by all 64 bits of its fingerprint, a keyed hash, wherever it lies: among n ids of a partition a new one is taken for a known one with a chance of n / 2^63 (it is odd): 1.7e-13 at 100 million ids over 64 partitions.</para>
/// <para>Where scratch cannot be written ids stay in memory beyond the bound; <see cref="Trouble"/> says so, and with a quarter more than the bound <see cref="IsOverfull"/> asks for no more. Where it cannot be read, a call throws and has done nothing.</para>
/// </summary>
internal sealed unsafe class IdIndex : IDisposable
{
    // A directory's smallest: entries leave these bits out.
    private const int FirstDepth = IdEntry.KnownBits;

    // Pages that a shelf's share has room for, beside what leads to them.
    private const int SharePages = 32;

    // A page's ids when its shelf is full, by the shelf's number, so that they are not all full at the same moment. With more, many pages would be split by then.
    private const int LeastInPage = 206;
    private const int MostInPage = 235;

    // In place of pages that nothing has come to yet: has no ids, and no room.
    private static readonly IdMemory NoMemory = new(0);
    private static readonly nint NoPage = NewNoPage();

    private readonly IdMemory memory;
    private readonly IdBlocks blocks;
    private readonly bool plantWrongFilter;
    private readonly long bytesMax;
    private readonly Section[] sections;
    private readonly int sectionShift;
    private readonly int sharePages;
    private readonly Queue<int> overdue = new();
    private readonly List<IdPage> pagesOfSection = [];
    private IdEntry[] gathered = [];
    private nint[] directory = new nint[1 << FirstDepth];
    private int shift = 64 - FirstDepth;

    // Ids whose fingerprints begin with the same bits, in pages and on a shelf.
    private struct Section
    {
        /// <summary>Null until memory has no room.</summary>
        public IdShelf? Shelf;

        /// <summary>Ids that may still come until something is to be done about it.</summary>
        public int Room;

        public bool IsOverdue;
    }

    public IdIndex(IdRoom room, bool plantWrongFilter = false)
    {
        bytesMax = Math.Max(room.BytesMax, IdRoom.LeastBytes);
        memory = new IdMemory(bytesMax);
        blocks = new IdBlocks(room.Scratch);
        this.plantWrongFilter = plantWrongFilter;
        var pages = bytesMax / IdPage.Bytes;
        var bits = Math.Clamp(BitOperations.Log2((ulong)Math.Max(1, pages / SharePages)), FirstDepth, 20);
        sections = new Section[1 << bits];
        sectionShift = 64 - bits;
        sharePages = (int)Math.Min(pages >> bits, 1 << 20);
        directory.AsSpan().Fill(NoPage);
        for (var i = 0; i < sections.Length; i++) sections[i].Room = IdsOf(i);
    }

    /// <summary>Ids dated before this day are forgotten. What was removed is dated 0.</summary>
    public int Oldest { get; private set; } = 1;

    /// <summary>Of memory, in use.</summary>
    public long Bytes => ((long)memory.InUse * IdPage.Bytes) + ((long)directory.Length * sizeof(ulong)) + ((long)blocks.InUse * IdRun.BytesPerBlock);

    public long ScratchBytes => (long)blocks.InUse * IIdScratch.BlockBytes;

    /// <summary>Why ids that should be in scratch are not; null: nothing is wrong.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Scratch cannot be used, and memory has been filled a quarter beyond its bound.</summary>
    public bool IsOverfull => Trouble is not null && Bytes > bytesMax + (bytesMax / 4);

    public void ForgetBefore(int day) => Oldest = Math.Max(Oldest, day);

    /// <summary>Asks for what leads to a fingerprint's line, which <see cref="Prefetch"/> reads.</summary>
    public void PrefetchWay(ulong fingerprint) => Ahead.Touch(in directory[fingerprint >> shift]);

    /// <summary>Asks for the line.</summary>
    public void Prefetch(ulong fingerprint)
    {
        Ahead.Touch(in PageOf(fingerprint).Home(fingerprint));
        sections[fingerprint >> sectionShift].Shelf?.Prefetch(IdOf(fingerprint));
    }

    /// <param name="fingerprint">Odd.</param>
    /// <param name="payload">Of the one that was given, what <see cref="IsSame"/> compares.</param>
    /// <exception cref="IOException">Scratch cannot be read.</exception>
    public bool TryFind(ulong fingerprint, out uint payload)
    {
        var isHere = PageOf(fingerprint).TryFind(fingerprint, out var line, out var at);
        var entry = isHere ? (*line)[at] : default;
        if (!isHere) isHere = sections[fingerprint >> sectionShift].Shelf is { } shelf && shelf.TryFind(IdOf(fingerprint), out entry);
        payload = entry.Payload;
        return isHere && entry.Day >= Oldest;
    }

    /// <summary>Adds an id that is not known. False: it is, with the payload given back.</summary>
    /// <exception cref="IOException">Scratch cannot be read; it was not added.</exception>
    public bool TryAdd(ulong fingerprint, uint payload, int day, out uint known)
    {
        var page = PageOf(fingerprint);
        known = 0;
        if (page.TryFind(fingerprint, out var line, out var at))
        {
            var entry = (*line)[at];
            known = entry.Payload;
            if (entry.Day >= Oldest) return false;
            line->Set(at, IdEntry.Of(fingerprint, payload, day));
            return true;
        }

        ref var section = ref sections[fingerprint >> sectionShift];
        if (section.Shelf is { } shelf && shelf.TryFind(IdOf(fingerprint), out var stored) && stored.Day >= Oldest)
        {
            known = stored.Payload;
            return false;
        }

        Add(fingerprint, IdEntry.Of(fingerprint, payload, day));
        return true;
    }

    /// <summary>Takes back an id whose record was dropped. Reads nothing: what is in scratch is told by an entry in memory that it has gone.</summary>
    public void Remove(ulong fingerprint)
    {
        var entry = IdEntry.Of(fingerprint, 0, day: 0);
        if (PageOf(fingerprint).TryFind(fingerprint, out var line, out var at)) line->Set(at, entry);
        else if (sections[fingerprint >> sectionShift].Shelf is { IsEmpty: false }) Add(fingerprint, entry);
    }

    /// <summary>Whether a payload that was given back may be this one.</summary>
    public static bool IsSame(uint known, uint payload) => known == (payload & IdEntry.PayloadMask);

    /// <summary>After trouble: tries again to write some of what should be in scratch.</summary>
    public void TryAgain(int sectionsMax)
    {
        for (; sectionsMax > 0 && overdue.TryPeek(out var section); sectionsMax--)
        {
            if (IsWithinPage(section)) Landed(section);
            else if (!TrySeal(section)) return;
        }
    }

    public void Dispose() => blocks.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IdPage PageOf(ulong fingerprint) => new(directory[fingerprint >> shift]);

    private static ulong IdOf(ulong fingerprint) => fingerprint << FirstDepth >> FirstDepth;

    private void Add(ulong fingerprint, in IdEntry entry)
    {
        for (var page = PageOf(fingerprint); !page.TryAdd(entry);) page = MakeRoom(fingerprint, page);
        var section = (int)(fingerprint >> sectionShift);
        if (--sections[section].Room <= 0) MakeRoom(section);
    }

    // Without the forgotten ones, and in two where that is not enough.
    private IdPage MakeRoom(ulong fingerprint, IdPage page)
    {
        if (page.Reference == NoPage)
        {
            Put(fingerprint, new IdPage(memory.Take(), 64 - Math.Max(shift, sectionShift)));
            return PageOf(fingerprint);
        }

        var oldest = OldestToKeep((int)(fingerprint >> sectionShift));
        var (live, all) = (page.CountFrom(oldest), page.CountFrom(0));
        // Nearly as it is now, it would be full again at once.
        var isSplit = live > IdPage.Few || live > all - (all / 4);
        if (!TryRelay(fingerprint, page, oldest, isSplit) && (isSplit || !TryRelay(fingerprint, page, oldest, isSplit: true)))
            throw new InvalidOperationException("Hundreds of ids begin with the same bits: their fingerprints are no hashes.");
        return PageOf(fingerprint);
    }

    private bool TryRelay(ulong fingerprint, IdPage page, int oldest, bool isSplit)
    {
        var depth = isSplit ? page.Depth + 1 : page.Depth;
        if (64 - shift < depth) DoubleDirectory();
        var zero = new IdPage(memory.Take(), depth);
        var one = isSplit ? new IdPage(memory.Take(), depth) : zero;
        if (!page.TryMoveTo(zero, one, oldest))
        {
            memory.Return(zero.Address);
            if (isSplit) memory.Return(one.Address);
            return false;
        }

        memory.Return(page.Address);
        var bit = 1UL << (64 - depth);
        Put(fingerprint, isSplit && (fingerprint & bit) != 0 ? one : zero);
        if (isSplit) Put(fingerprint ^ bit, (fingerprint & bit) != 0 ? zero : one);
        return true;
    }

    // What is forgotten or removed must stay where it may hide something in scratch.
    private int OldestToKeep(int section) => sections[section].Shelf is { IsEmpty: false } ? 0 : Oldest;

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

    // Sections.

    private int IdsOf(int section)
    {
        var beside = sections[section].Shelf?.Pages ?? 0;
        var pages = BitOperations.RoundUpToPowerOf2((uint)Math.Max(LeastPages, sharePages - beside) + 1) >> 1;
        var perPage = LeastInPage + ((MostInPage - LeastInPage) * (int)(((uint)section * 0x9E3779B1) >> 24) >> 8);
        return (int)Math.Min(pages * perPage, int.MaxValue);
    }

    // That filters leave to the pages of ids.
    private int LeastPages => Math.Max(1, sharePages / 4);

    private void MakeRoom(int section)
    {
        ref var full = ref sections[section];
        if (IsWithinPage(section))
        {
            // Most of those that came were forgotten, and have gone.
            full.Room = IdsOf(section);
            return;
        }

        if (full.Shelf is not { IsEmpty: false })
        {
            var live = Gather(section);
            var ids = IdsOf(section);
            if (live <= ids * 3 / 4)
            {
                Clear(section);
                full.Room = ids;
                for (var i = 0; i < live; i++) Add(((ulong)section << sectionShift) | gathered[i].Id, gathered[i]);
                return;
            }
        }

        TrySeal(section);
    }

    private bool TrySeal(int section)
    {
        ref var sealing = ref sections[section];
        Debug.Assert(!IsWithinPage(section), "A section is sealed that shares a page with others.");
        try
        {
            sealing.Shelf ??= new IdShelf(blocks, memory, plantWrongFilter);
            var count = Gather(section);
            sealing.Shelf.Take(gathered, count, Oldest, sharePages - LeastPages);
        }
        catch (IOException error)
        {
            Trouble = error.Message;
            sealing.Room = IdsOf(section) / 8;
            if (!sealing.IsOverdue) overdue.Enqueue(section);
            sealing.IsOverdue = true;
            return false;
        }

        Clear(section);
        sealing.Room = IdsOf(section);
        if (sealing.IsOverdue) Landed(section);
        else if (overdue.Count == 0) Trouble = null;
        return true;
    }

    private void Landed(int section)
    {
        sections[section].IsOverdue = false;
        for (var left = overdue.Count; left > 0; left--)
        {
            var other = overdue.Dequeue();
            if (other != section) overdue.Enqueue(other);
        }

        if (overdue.Count == 0) Trouble = null;
    }

    // Into 'gathered', in order. Those that are forgotten too where there is something that they may hide.
    private int Gather(int section)
    {
        var oldest = OldestToKeep(section);
        var count = 0;
        foreach (var page in PagesOf(section))
        {
            if (gathered.Length < count + IdPage.Ids) Array.Resize(ref gathered, Math.Max(2 * gathered.Length, count + IdPage.Ids));
            count = page.CopyTo(gathered, count, oldest);
        }

        return count;
    }

    private void Clear(int section)
    {
        foreach (var page in PagesOf(section)) memory.Return(page.Address);
        var places = 1 << (sectionShift - shift);
        directory.AsSpan(section * places, places).Fill(NoPage);
    }

    // Then it has fewer ids than one page.
    private bool IsWithinPage(int section)
    {
        if (shift > sectionShift) return true;
        var page = new IdPage(directory[section << (sectionShift - shift)]);
        return page.Reference != NoPage && page.Depth < 64 - sectionShift;
    }

    // Not of one that is within a page.
    private List<IdPage> PagesOf(int section)
    {
        pagesOfSection.Clear();
        var places = 1 << (sectionShift - shift);
        for (var at = section * places; at < (section + 1) * places;)
        {
            var page = new IdPage(directory[at]);
            if (page.Reference == NoPage)
            {
                at++;
                continue;
            }

            pagesOfSection.Add(page);
            at += 1 << (64 - shift - page.Depth);
        }

        return pagesOfSection;
    }

    private static nint NewNoPage()
    {
        var page = new IdPage(NoMemory.Take(), FirstDepth);
        page.Close();
        return page.Reference;
    }
}
