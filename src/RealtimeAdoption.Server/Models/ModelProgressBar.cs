using System.Text.Json.Nodes;
using Spectre.Console;

namespace RealtimeAdoption.Server.Models;

/// <summary>How far the server is, as a bar on the standard error; where that is no terminal, a line now and then.</summary>
internal static class ModelProgressBar
{
    public static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private static readonly IAnsiConsole Screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <param name="title">What is being done.</param>
    /// <param name="look">Asks the server; null in the first place: it is done. Else the object with <c>records_done</c> and <c>records</c>.</param>
    /// <param name="stop">Ends the waiting.</param>
    public static Task ShowAsync(string title, Func<Task<JsonNode?>> look, CancellationToken stop) =>
        Screen.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(async screen =>
            {
                var bar = screen.AddTask(Markup.Escape(title));
                while (await look() is { } progress)
                {
                    var all = (double?)progress["records"] ?? 0;
                    var done = (double?)progress["records_done"] ?? 0;
                    bar.Value = all > 0 ? Math.Min(99, 100 * done / all) : 0;
                    bar.Description = Markup.Escape($"{title}: {progress["partitions_done"]} of {progress["partitions"]} partitions{Stuck(progress["stuck"])}");
                    await Task.Delay(Poll, stop);
                }

                bar.Value = bar.MaxValue;
            });

    private static string Stuck(JsonNode? stuck) => stuck is null ? "" : $"; partition {stuck["first"]} is stuck: {stuck["reason"]}";
}
