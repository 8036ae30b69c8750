using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Board;

/// <summary>The wall's live feed and its slips, newest first. Each change goes in once. One writer.</summary>
internal sealed class BoardFeed(AdoptionModel model)
{
    /// <summary>More opened alerts of one type, day and kind of cause would push everything else out; the list of alerts has them as a storm.</summary>
    private const int AlikeAlerts = 5;

    public IReadOnlyList<BoardChange> Lines { get; private set; } = [];

    public IReadOnlyList<BoardSlip> Slips { get; private set; } = [];

    /// <summary>What a builder for an earlier model has told.</summary>
    public void Take(BoardFeed earlier)
    {
        Lines = earlier.Lines;
        Slips = earlier.Slips;
    }

    /// <param name="added">Newest first, none of which was told before.</param>
    /// <param name="latest">What else is known of the same records.</param>
    public void Add(IReadOnlyList<FleetChange> added, IReadOnlyList<FleetChange> latest)
    {
        var told = added.Where(change => change.Change.Type != ChangeType.Correction && !change.Churned)
            .Select(change => Line(change, latest))
            .ToList();
        if (told.Count == 0) return;
        Lines = [.. Thinned(told.Concat(Lines)).Take(BoardDocument.FeedLength)];
    }

    /// <param name="added">Newest first, none of which was told before.</param>
    public void AddSlips(IReadOnlyList<FleetChange> added)
    {
        var told = added.Where(change => !change.Churned).Select(Slip).ToList();
        if (told.Count > 0) Slips = [.. told.Concat(Slips).Take(BoardDocument.SlipsLength)];
    }

    /// <summary>The oldest of too many alike stay, so that what a viewer has in its feed stands.</summary>
    private static Stack<BoardChange> Thinned(IEnumerable<BoardChange> lines)
    {
        var alike = new Dictionary<(string?, DateOnly, string), int>();
        var kept = new Stack<BoardChange>();
        foreach (var line in lines.Reverse())
        {
            if (line.Alert is not null)
            {
                var key = (line.Alert, line.Day, line.CauseKind);
                var count = alike[key] = alike.GetValueOrDefault(key) + 1;
                if (count > AlikeAlerts) continue;
            }

            kept.Push(line);
        }

        return kept;
    }

    private static BoardChange Line(FleetChange change, IReadOnlyList<FleetChange> latest)
    {
        var what = change.Change;
        return new BoardChange
        {
            Id = IdOf(change),
            At = what.At,
            Day = what.Day,
            Account = what.Account,
            Name = change.AccountName,
            Segment = change.Segment,
            Type = WireWord.Of(what.Type),
            Product = what.Product ?? (what.Type == ChangeType.StageChanged ? ProductBehind(change, latest) : null),
            From = what.From,
            To = what.To,
            Alert = what.Alert is { } alert ? WireWord.Of(alert.Type) : null,
            Severity = what.Alert is { } note ? WireWord.Of(note.Severity) : null,
            CauseKind = WireWord.Of(what.Cause.Kind),
            Cause = what.Alert?.Reason ?? CauseSentence.Of(what),
        };
    }

    private BoardSlip Slip(FleetChange change)
    {
        var what = change.Change;
        // A history that is swapped in may bring a fall and the account's first real score at once: that rose from nothing, and would contradict the fall beside it.
        var loss = what.Score is { Before: { } before, After: { } after } && after < before ? what.Score : null;
        return new BoardSlip
        {
            Id = IdOf(change),
            At = what.At,
            Day = what.Day,
            Account = what.Account,
            Name = change.AccountName,
            Segment = change.Segment,
            Owner = change.Owner,
            From = what.From,
            To = what.To,
            ScoreBefore = Shown(loss?.Before),
            ScoreAfter = Shown(loss?.After),
            Reason = SlipSentence.Of(what, model.Health) ?? change.Reason ?? SlipSentence.Nothing,
            CauseKind = WireWord.Of(what.Cause.Kind),
            Cause = CauseSentence.Of(what),
        };
    }

    /// <summary>The one product that the same record made adopted or lapsed; null where there are several, or none (a contract changed).</summary>
    private static string? ProductBehind(FleetChange stage, IReadOnlyList<FleetChange> latest)
    {
        string? product = null;
        foreach (var other in latest)
        {
            if (other.Partition != stage.Partition || other.Change.Position != stage.Change.Position || other.Change.Account != stage.Change.Account
                || other.Change.Type is not (ChangeType.ProductAdopted or ChangeType.ProductLapsed)) continue;
            if (product is not null) return null;
            product = other.Change.Product;
        }

        return product;
    }

    private static string IdOf(FleetChange change) => $"{change.Partition}-{change.Sequence}";

    private static double? Shown(double? score) => score is { } points ? (double)Math.Round(Math.Round((decimal)points, 9), 1, MidpointRounding.AwayFromZero) : null;
}
