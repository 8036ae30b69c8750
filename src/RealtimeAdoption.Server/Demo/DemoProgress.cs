using Spectre.Console;

namespace RealtimeAdoption.Server.Demo;

/// <summary>Shows how far the fill is: a bar on a terminal, a line at every tenth elsewhere.</summary>
public static class DemoProgress
{
    public static async Task<T> ShowAsync<T>(string what, int total, Func<Action<int>, Task<T>> work)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive) return await work(Lines(what, total));
        return await AnsiConsole.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(what), maxValue: Math.Max(total, 1));
                var result = await work(done => task.Value = Math.Max(task.Value, done));
                task.Value = task.MaxValue;
                return result;
            });
    }

    private static Action<int> Lines(string what, int total)
    {
        var gate = new Lock();
        var shown = 0;
        return done =>
        {
            var tenth = total == 0 ? 10 : done * 10 / total;
            lock (gate)
            {
                if (tenth <= shown) return;
                shown = tenth;
                Console.WriteLine($"{what}: {tenth * 10} %");
            }
        };
    }
}
