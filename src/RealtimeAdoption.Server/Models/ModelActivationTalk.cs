using System.Text.Json.Nodes;

namespace RealtimeAdoption.Server.Models;

/// <summary><c>model activate</c>: activates and waits until every account lives by the model.</summary>
internal static class ModelActivationTalk
{
    public static async Task RunAsync(ModelServer server, string path, string text, string by, bool asJson, CancellationToken stop)
    {
        var answer = await server.ActivateAsync(path, text, by, stop);
        var model = (string?)answer["model"];
        if ((string?)answer["state"] == "unchanged")
        {
            Console.WriteLine(asJson ? answer.ToJsonString() : $"Model {model} is in force already, to the letter.");
            return;
        }

        var last = answer;
        await ModelProgressBar.ShowAsync($"Activation of model {model}", LookAsync, stop);
        if ((string?)last["version"] != model) throw new ModelRefusedException($"The activation has ended, but the model in force is {last["version"]}.", isOfFile: false);
        Console.WriteLine(asJson ? last.ToJsonString() : $"Model {model} is in force.");

        async Task<JsonNode?> LookAsync()
        {
            last = await server.ModelAsync(stop);
            return last["activation"];
        }
    }
}
