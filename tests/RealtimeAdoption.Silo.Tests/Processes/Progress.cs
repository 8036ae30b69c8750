using System.Globalization;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>What a long test is at. Its own output comes only at its end, so a script that wants to show it names a file in an environment variable.</summary>
/// <param name="output">Of the test.</param>
/// <param name="variable">Holds the file's path.</param>
internal sealed class Progress(ITestOutputHelper output, string variable)
{
    private readonly string? log = Environment.GetEnvironmentVariable(variable);

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    public void Tell(string line)
    {
        output.WriteLine(line);
        if (log is { Length: > 0 }) File.AppendAllText(log, line + "\n");
    }

    /// <summary>Does it, and tells how long it took.</summary>
    public async Task DoAsync(string what, Func<Task> act)
    {
        var start = TimeProvider.System.GetTimestamp();
        await act();
        Tell($"{what}: {Seconds(TimeProvider.System.GetElapsedTime(start))}");
    }
}
