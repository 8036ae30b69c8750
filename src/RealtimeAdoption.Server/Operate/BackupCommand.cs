using System.CommandLine;
using System.Globalization;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Backups;

namespace RealtimeAdoption.Server.Operate;

/// <summary>
/// <c>backup TO</c> copies a store while a server runs on it, or when none does; <c>restore FROM</c> puts a copy into a store that has no data. The store is the one that the options name, as for
/// the server. Exit codes: 0 done, 1 failed (nothing was made or put back), 2 wrong usage.
/// </summary>
internal static class BackupCommand
{
    private const int Failed = 1;
    private const int Wrong = 2;

    private static readonly Argument<string> To = new("TO") { Description = "The folder that comes to be." };
    private static readonly Argument<string> From = new("FROM") { Description = "A folder that 'backup' has made." };
    private static readonly Option<bool> CheckOnly = new("--check-only") { Description = "Read all of the backup and say whether it is whole; nothing is restored." };
    private static readonly Option<int> Rate = new("--rate") { Description = "MiB a second at most, so that commits find the disk free.", DefaultValueFactory = _ => StoreBackup.DefaultRate };

    public static Command CreateBackup()
    {
        var backup = new Command("backup", "Copy the store, whether a server runs on it or not (--Storage:Path=... as for the server). Checked before it gets its name.") { To, Rate };
        backup.TreatUnmatchedTokensAsErrors = false;
        backup.SetAction((result, stop) => DoAsync(result, async storage =>
        {
            if (result.GetValue(Rate) < 1) return ExitCode.Refuse(["--rate must be 1 or more."]);
            var made = await StoreBackup.MakeAsync(storage, result.GetValue(To)!, result.GetValue(Rate), stop);
            foreach (var left in made.LeftOut) await Console.Error.WriteLineAsync($"Left out: {left}");
            Tell($"Backup made and checked: {result.GetValue(To)}", made);
            return 0;
        }));
        return backup;
    }

    public static Command CreateRestore()
    {
        var restore = new Command("restore", "Check a backup and put it into a store that has no data. Then start a server on it.") { From, CheckOnly };
        restore.TreatUnmatchedTokensAsErrors = false;
        restore.SetAction((result, stop) => DoAsync(result, async storage =>
        {
            var isCheck = result.GetValue(CheckOnly);
            var restored = isCheck ? await StoreBackup.CheckAsync(result.GetValue(From)!, stop) : await StoreBackup.RestoreAsync(result.GetValue(From)!, storage, stop);
            Tell(isCheck ? "The backup is whole" : storage.IsPostgres ? $"Restored into schema {storage.Schema}" : $"Restored into {storage.Path}", restored);
            return 0;
        }));
        return restore;
    }

    private static async Task<int> DoAsync(ParseResult result, Func<StorageOptions, Task<int>> work)
    {
        if (ServerStart.ReadOptions([.. result.UnmatchedTokens], HostServices.Sections) is not { } options) return Wrong;
        try
        {
            return await work(options.Storage);
        }
        catch (BackupException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Ended before it was done; nothing was left.");
        }

        return Failed;
    }

    private static void Tell(string what, BackupManifest manifest) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what}: {manifest.Heads.Sum()} records of {manifest.Heads.Count} partitions, {manifest.Files.Sum(file => file.Bytes) / 1_048_576d:0.0} MiB, as of {manifest.MadeAt:yyyy-MM-dd HH:mm:ss} UTC."));
}
