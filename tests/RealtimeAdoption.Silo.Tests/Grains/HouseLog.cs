using Microsoft.Extensions.Logging;

namespace RealtimeAdoption.Silo.Tests.Grains;

/// <summary>What the silos of a test said. Thread-safe.</summary>
internal sealed class HouseLog : ILogger<SiloHouse>
{
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines) return [.. lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        lock (lines) lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
