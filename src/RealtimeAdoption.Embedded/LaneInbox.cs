using RealtimeAdoption.Engine.Intake;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// What is posted to a lane. Any thread posts, the lane takes all at once. Batches in it are bounded by <see cref="Engine.Intake.Admission"/>, answers of the
/// committer and the workers by what the lane asked of them, questions by the requests that ask.
/// </summary>
internal sealed class LaneInbox : IDisposable
{
    private readonly Lock gate = new();
    private readonly AutoResetEvent arrived = new(false);
    private List<LaneItem> waiting = [];
    private bool isLaneAsleep;
    private bool isClosed;

    public void Dispose() => arrived.Dispose();

    /// <summary>After the lane's end: nothing more goes in. Returns what nobody took.</summary>
    public List<LaneItem> Close()
    {
        lock (gate)
        {
            isClosed = true;
            return waiting;
        }
    }

    /// <summary>False: it is closed.</summary>
    public bool Post(LaneItem item)
    {
        bool wake;
        lock (gate)
        {
            if (isClosed) return false;
            waiting.Add(item);
            wake = isLaneAsleep;
            isLaneAsleep = false;
        }

        if (wake) arrived.Set();
        return true;
    }

    /// <summary>Swaps the waiting items for the given (empty) list; waits for the first one up to so long, in milliseconds (-1: for ever).</summary>
    public List<LaneItem> Take(List<LaneItem> empty, int waitMsMax)
    {
        while (true)
        {
            lock (gate)
            {
                if (waiting.Count > 0 || waitMsMax == 0)
                {
                    isLaneAsleep = false;
                    (waiting, empty) = (empty, waiting);
                    return empty;
                }

                isLaneAsleep = true;
            }

            if (!arrived.WaitOne(waitMsMax)) waitMsMax = 0;
        }
    }
}
