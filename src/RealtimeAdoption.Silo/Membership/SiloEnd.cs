using Orleans.Runtime;
using RealtimeAdoption.Hosting;

namespace RealtimeAdoption.Silo.Membership;

/// <summary>
/// Ends the process where Orleans cannot go on: most often because the other silos have declared this one dead (it was frozen, or cut off) and have its partitions by now. Nothing is stored any more then, and nothing needs to be: what
/// was acknowledged is in the journal. A supervisor starts it again, and it joins as a new silo.
/// </summary>
internal sealed class SiloEnd : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => exception is not ThreadAbortException;

    // Not to the log, whose last lines would not come out any more.
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        // Without an exception it was told so by the cluster.
        Console.Error.WriteLine(exception is null ? $"The cluster goes on without this silo, which is to be started again. {context}" : $"The silo cannot go on: {context}. {exception}");
        Environment.Exit(exception is null ? ExitCode.TakenOver : ExitCode.Broken);
    }
}
