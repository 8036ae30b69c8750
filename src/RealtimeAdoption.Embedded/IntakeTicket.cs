using RealtimeAdoption.Engine.Intake;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// One batch on its way. Each lane that it concerns judges and appends its own drafts and answers once; the sender is answered when the last lane has.
/// </summary>
internal sealed class IntakeTicket(IntakeBatch batch, int lanes, Admission admission) : LaneItem
{
    private readonly TaskCompletionSource<IntakeAnswer> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long bytes = batch.Records.Length;
    private readonly int events = batch.Count;
    private int lanesLeft = lanes;
    private string? failure;

    public IntakeBatch Batch => batch;

    public Task<IntakeAnswer> Answer => answer.Task;

    public override void Run(Lane lane) => lane.Append(this);

    public override void Refuse(Lane lane, string reason) => Complete(reason);

    /// <summary>A lane is done with it: what it appended is applied, or (with a reason) dropped or of unknown fate.</summary>
    public void Complete(string? failureReason)
    {
        if (failureReason is not null) Volatile.Write(ref failure, failureReason);
        if (Interlocked.Decrement(ref lanesLeft) != 0) return;
        admission.Leave(bytes, events);
        var reason = Volatile.Read(ref failure);
        answer.SetResult(reason is null ? IntakeAnswer.Done : admission.Unavailable(reason));
    }
}
