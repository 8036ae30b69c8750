using System.CommandLine;
using System.Text.Json.Nodes;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Server.Models;

namespace RealtimeAdoption.Server.Operate;

/// <summary>
/// <c>verify</c>: makes every account from the journal again and compares. Exit codes: 0 the same, 1 different, damaged, or it could not be found out, 2 wrong usage.
/// </summary>
internal static class VerifyCommand
{
    private const int Different = 1;
    private const int Wrong = 2;

    private static readonly Option<string> Url = new("--url") { Description = "The running server.", DefaultValueFactory = _ => "http://127.0.0.1:5080" };
    private static readonly Option<string?> Key = new("--key") { Description = "An admin key; else the environment's ADOPTION_KEY." };
    private static readonly Option<bool> Json = new("--json") { Description = "What was found as JSON on the standard output, and nothing else there." };
    private static readonly Option<bool> Offline = new("--offline") { Description = "No server runs: open the store that the options name (--Storage:Path=..., as for the server) and compare what a start would make of it." };

    public static Command Create()
    {
        var verify = new Command("verify", "Make every account from the journal again, compare it with the live one, and check every sum in the store. Traffic goes on.") { Url, Key, Json, Offline };
        verify.TreatUnmatchedTokensAsErrors = false;
        verify.SetAction(RunAsync);
        return verify;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken stop)
    {
        var rest = result.UnmatchedTokens.ToArray();
        if (result.GetValue(Offline)) return await TellAsync(result, () => StoppedStoreTalk.VerifyAsync(rest, stop));
        if (rest.Length > 0) return ExitCode.Refuse([$"'{rest[0]}' is not an option of verify; options of the store go with --offline. --help lists what there is."]);
        if (!Uri.TryCreate(result.GetValue(Url), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return ExitCode.Refuse([$"--url: '{result.GetValue(Url)}' is no address of a server; right would be http://127.0.0.1:5080."]);
        using var server = new ModelServer(url, result.GetValue(Key) ?? Environment.GetEnvironmentVariable("ADOPTION_KEY"));
        return await TellAsync(result, () => AskAsync(server, stop));
    }

    // Null: the usage was wrong, and that was said.
    private static async Task<int> TellAsync(ParseResult result, Func<Task<JsonObject?>> find)
    {
        try
        {
            if (await find() is not { } report) return Wrong;
            if (result.GetValue(Json)) Console.WriteLine(report.ToJsonString(VerifyPrinting.Indented));
            else VerifyPrinting.Write(report);
            return (bool)report["same"]! ? 0 : Different;
        }
        catch (Exception error) when (error is ModelRefusedException || ServerStart.IsOfTheMachine(error))
        {
            await Console.Error.WriteLineAsync(error.Message);
        }
        catch (HttpRequestException error)
        {
            await Console.Error.WriteLineAsync($"{result.GetValue(Url)} cannot be reached: {error.Message}");
        }
        catch (OperationCanceledException error)
        {
            await Console.Error.WriteLineAsync($"Ended before it was done. {error.Message}");
        }

        return Different;
    }

    private static async Task<JsonObject?> AskAsync(ModelServer server, CancellationToken stop)
    {
        var last = await server.BeginVerificationAsync(stop);
        var id = (string)last["id"]!;
        try
        {
            await ModelProgressBar.ShowAsync("Verification", LookAsync, stop);
        }
        catch (OperationCanceledException)
        {
            await server.EndVerificationAsync(id);
            throw;
        }

        return last["report"] as JsonObject ?? throw new ModelRefusedException($"The verification ended without a result: {last["detail"] ?? last["state"]}", isOfFile: false);

        async Task<JsonNode?> LookAsync()
        {
            last = await server.VerificationAsync(id, stop);
            return (string?)last["state"] == "running" ? last["progress"] ?? new JsonObject() : null;
        }
    }
}
