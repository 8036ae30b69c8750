using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>Reading 31: what was told of a score last, and what is told of its moves: own ones with their cause, small ones as drift.</summary>
public sealed class ReferenceScore
{
    /// <summary>A move by so much is told by itself.</summary>
    private const decimal Step = 1m;

    /// <summary>As the last <c>score_changed</c> left it.</summary>
    public ScorePoint Told { get; private set; } = ScorePoint.None;

    /// <summary>Reading 28: the highest that was told since <see cref="BeginAnew"/>, the latest of equals.</summary>
    public ScorePoint Best { get; private set; } = ScorePoint.None;

    /// <summary>What is told is the best from here on.</summary>
    public void BeginAnew() => Best = Told;

    /// <summary>A day that has a close ends with this.</summary>
    public void Close(ScorePoint close, int day, List<ExpectedChange> changes)
    {
        ArgumentNullException.ThrowIfNull(close);
        if (close.Shown != Told.Shown) Tell(CauseKind.Drift, close, day, changes);
    }

    /// <summary>A live account is about to give way to one that stands elsewhere.</summary>
    public void BeforeSwap(ScorePoint before, ScorePoint after, int day, List<ExpectedChange> changes)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (!HasDrift(before)) return;
        if (before.Shown != Told.Shown || (after.Shown != before.Shown && before.Differs(Told))) Tell(CauseKind.Drift, before, day, changes);
    }

    /// <summary>Something moved it from one point to another.</summary>
    /// <param name="cause">What.</param>
    /// <param name="before">Right before it.</param>
    /// <param name="after">Right after it.</param>
    /// <param name="reacted">A band or stage change or a slip comes with it.</param>
    /// <param name="asked">It is told however small it is.</param>
    /// <param name="expired">What a tick ended.</param>
    /// <param name="day">T.</param>
    /// <param name="changes">Takes what is told.</param>
    public void Move(CauseKind cause, ScorePoint before, ScorePoint after, bool reacted, bool asked, IReadOnlyList<string> expired, int day, List<ExpectedChange> changes)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var from = HasDrift(before) ? before : Told;
        if (after.Shown == from.Shown)
        {
            if (reacted && HasDrift(before) && before.Shown != Told.Shown) Tell(CauseKind.Drift, before, day, changes);
            return;
        }

        var isStep = after.Shown is null || from.Shown is null || Math.Abs(after.Shown.Value - from.Shown.Value) >= Step;
        if (!isStep && !reacted && !asked) return;
        if (HasDrift(before) && before.Differs(Told)) Tell(CauseKind.Drift, before, day, changes);
        Tell(cause, after, day, changes, expired);
    }

    private bool HasDrift(ScorePoint before) => Told.Shown is not null && before.Shown is not null;

    private void Tell(CauseKind cause, ScorePoint to, int day, List<ExpectedChange> changes, IReadOnlyList<string>? expired = null)
    {
        changes.Add(new(ChangeType.ScoreChanged, day, cause) { Score = (Told, to), Expired = expired ?? [] });
        Told = to;
        if (to.Unrounded is { } score && !(Best.Unrounded > score + 1e-9)) Best = to;
    }
}
