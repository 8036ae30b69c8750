using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.Web.Auth;

namespace RealtimeAdoption.Hosting;

/// <summary>The few lines that an operator needs once the server listens.</summary>
public static class StartUpLog
{
    public static void Write(WebApplication app, ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RealtimeAdoption");
        foreach (var url in app.Urls) log.LogInformation("The board is at {Url}", url);
        log.LogInformation("Data in {Place}", options.Storage.IsPostgres ? $"PostgreSQL, schema {options.Storage.Schema}" : options.Storage.Path);
        if (app.Services.GetRequiredService<IOptions<AuthOptions>>().Value.WriteKeys.Count == 0)
            log.LogWarning("No write key is set, so nobody can send events. Set one with --Auth:WriteKeys:0=KEY or the environment's Auth__WriteKeys__0.");
        if (!options.IsClockDriven) return;
        var now = app.Services.GetRequiredService<IScoringHost>().Clock.GetUtcNow();
        log.LogWarning("The clock is driven: it is {Now:yyyy-MM-dd HH:mm:ss} UTC and runs at {Speed} times the machine's speed.", now, options.ClockSpeed);
    }

    /// <summary>Once the journal has told which model is in force.</summary>
    public static void WriteModel(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var given = app.Services.GetRequiredService<ModelFileText>();
        if (app.Services.GetRequiredService<IScoringHost>().ModelText == given.Text) return;
        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RealtimeAdoption")
            .LogWarning("{Path} differs from the model in the journal; the journal's stands. 'model activate FILE' makes a file the one in force.", given.Path);
    }
}
