using System.CommandLine;
using System.Text;
using RealtimeAdoption.ModelFile;

namespace RealtimeAdoption.Server.Models;

/// <summary>
/// <c>model check FILE</c> reads a model file and tells every error; <c>model preview FILE</c> and <c>model activate FILE</c> ask a running server, by its API. Exit codes: 0 done, 1 failed (no server, no
/// permission, busy), 2 the file is wrong.
/// </summary>
internal static class ModelCommand
{
    private const int Failed = 1;
    private const int Wrong = 2;

    private static readonly Argument<string> File = new("FILE") { Description = "A model file (docs/model.md)." };
    private static readonly Option<string> Url = new("--url") { Description = "The running server.", DefaultValueFactory = _ => "http://127.0.0.1:5080" };
    private static readonly Option<string?> Key = new("--key") { Description = "A read key for preview, an admin key for activate; else the environment's ADOPTION_KEY." };
    private static readonly Option<bool> Json = new("--json") { Description = "The server's answer as JSON on the standard output, and nothing else there." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many accounts the table lists, the worst first.", DefaultValueFactory = _ => 40 };
    private static readonly Option<string> By = new("--by") { Description = "Who activates; stands in the journal.", DefaultValueFactory = _ => Environment.UserName };

    public static Command Create()
    {
        var check = new Command("check", "Read a model file and tell every error, without a server.") { File };
        check.SetAction(result => Check(result.GetValue(File)!));
        var preview = new Command("preview", "Tell which accounts the model would move, by how much and why. Nothing is changed.") { File, Url, Key, Json, Limit };
        preview.SetAction((result, stop) => AskAsync(result, (server, path, text) => ModelPreviewTalk.RunAsync(server, path, text, result.GetValue(Limit), result.GetValue(Json), stop)));
        var activate = new Command("activate", "Make the model the one in force, and wait until every account lives by it.") { File, Url, Key, Json, By };
        activate.SetAction((result, stop) => AskAsync(result, (server, path, text) => ModelActivationTalk.RunAsync(server, path, text, result.GetValue(By)!, result.GetValue(Json), stop)));
        return new Command("model", "Check, preview or activate a model file.") { check, preview, activate };
    }

    private static int Check(string path)
    {
        if (Read(path) is not { } text) return Wrong;
        var found = ModelFileReader.Read(text, path);
        if (!found.IsValid)
        {
            Console.Error.WriteLine(found.Describe());
            return Wrong;
        }

        var model = found.Model;
        Console.WriteLine($"{path} is valid: model {model.Version} with {model.Products.Count} products, {model.Metrics.Count} metrics, {model.Stages.Count} stages and {model.Segments.Count} segments.");
        return 0;
    }

    private static async Task<int> AskAsync(ParseResult result, Func<ModelServer, string, string, Task> talk)
    {
        var path = result.GetValue(File)!;
        if (Read(path) is not { } text) return Wrong;
        if (!Uri.TryCreate(result.GetValue(Url), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            Console.Error.WriteLine($"--url: '{result.GetValue(Url)}' is no address of a server; right would be http://127.0.0.1:5080.");
            return Wrong;
        }

        using var server = new ModelServer(url, result.GetValue(Key) ?? Environment.GetEnvironmentVariable("ADOPTION_KEY"));
        try
        {
            await talk(server, path, text);
            return 0;
        }
        catch (ModelRefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return refused.IsOfFile ? Wrong : Failed;
        }
        catch (HttpRequestException error)
        {
            await Console.Error.WriteLineAsync($"{url} cannot be reached: {error.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Ended before it was done.");
            return Failed;
        }
    }

    /// <summary>Null: it cannot be read, and that was said.</summary>
    private static string? Read(string path)
    {
        try
        {
            return System.IO.File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(error.Message);
            return null;
        }
    }
}
