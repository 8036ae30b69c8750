using System.Diagnostics;
using System.Text.Json;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.ModelFile;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>Asks a grain once more where it, its silo or the store was going away just then: it begins anew where it is asked for next. A mistake is told at once, for it would be the same one again.</summary>
internal static class Patience
{
    private const int FirstPauseMs = 10;
    private const int LastPauseMs = 500;

    // A silo that was killed is noticed within seconds, and its partitions are recovered behind that.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    /// <summary>Only for what may be asked twice.</summary>
    /// <exception cref="HostUnavailableException">Nobody has answered within 20 s.</exception>
    /// <exception cref="JournalException">The store has not, for as long.</exception>
    /// <exception cref="SnapshotException">Likewise.</exception>
    public static Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken) => AskAsync(ask, Most, cancellationToken);

    /// <param name="ask">May be called again while a call before is still out.</param>
    /// <param name="most">For so long.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, TimeSpan most, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pauseMs = FirstPauseMs; ; pauseMs = Math.Min(2 * pauseMs, LastPauseMs))
        {
            try
            {
                var left = most - Stopwatch.GetElapsedTime(began);
                return await ask().WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            }
            catch (Exception error) when (!IsMistake(error) && !cancellationToken.IsCancellationRequested)
            {
                if (Stopwatch.GetElapsedTime(began) >= most)
                {
                    if (error is JournalException or SnapshotException) throw;
                    throw new HostUnavailableException("A part of the accounts is being taken over by another silo, which has not answered in good time. Ask again later.", error);
                }
            }

            await Task.Delay(pauseMs, cancellationToken);
        }
    }

    public static Task AskAsync(Func<Task> ask, CancellationToken cancellationToken) => AskAsync(ask, Most, cancellationToken);

    public static Task AskAsync(Func<Task> ask, TimeSpan most, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            await ask();
            return true;
        },
        most,
        cancellationToken);

    // The caller's, the program's, or what is damaged. Whatever else there is may pass: an owner that is over refuses with an InvalidOperationException.
    private static bool IsMistake(Exception error) => error
        is ArgumentException or FormatException or JsonException or NotSupportedException or NullReferenceException or InvalidCastException or IndexOutOfRangeException or ArithmeticException
        or ModelFileException or JournalDamagedException or SnapshotDamagedException;
}
