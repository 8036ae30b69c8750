using System.CommandLine;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Server;
using RealtimeAdoption.Server.Demo;
using RealtimeAdoption.Server.Models;
using RealtimeAdoption.Server.Operate;

var demo = new Option<bool>("--demo") { Description = "Fill an empty folder with synthetic customers, then keep traffic flowing." };
var accounts = new Option<int>("--demo-accounts") { Description = "How many customers: 20 to 2000.", DefaultValueFactory = _ => 400 };
var traffic = new Option<bool>("--demo-traffic") { Description = "Live traffic after the fill.", DefaultValueFactory = _ => true };
var seed = new Option<int>("--seed") { Description = "Another seed, other customers.", DefaultValueFactory = _ => 1 };
accounts.Validators.Add(result =>
{
    if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var count) && count is < 20 or > 2000) result.AddError("--demo-accounts must be 20 to 2000.");
});

var root = new RootCommand(
    "Realtime Adoption: usage events in, product adoption per account out, live.\n"
    + "Options also come from appsettings.json and the environment, and as --Name=value: Urls, Storage:Path, Model:Path, Auth:WriteKeys:0, Clock:Start, ...")
{
    demo, accounts, traffic, seed, ModelCommand.Create(), VerifyCommand.Create(), BackupCommand.CreateBackup(), BackupCommand.CreateRestore(),
};
root.TreatUnmatchedTokensAsErrors = false;
root.SetAction((result, _) => ServerApplication.RunAsync(
    [.. result.UnmatchedTokens],
    result.GetValue(demo) ? new DemoRequest(result.GetValue(seed), result.GetValue(accounts), result.GetValue(traffic)) : null));

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0) return ExitCode.Refuse(parsed.Errors.Select(error => error.Message));

// The server ends in its own time when it is told to: no timeout here.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
