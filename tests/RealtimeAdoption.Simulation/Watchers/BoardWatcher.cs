using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Host;

namespace RealtimeAdoption.Simulation.Watchers;

/// <summary>Keeps the wall's document up to date as a server does, from one state of the fleet to a later one, with the readings that the builder asks for. One life of a process.</summary>
internal sealed class BoardWatcher(FaultSchedule faults)
{
    private BoardBuilder? builder;

    /// <summary>Null: nothing was shown yet.</summary>
    public BoardDocument? Document { get; private set; }

    /// <summary>A frame, where none is skipped because too much happens.</summary>
    public void Step(SimulatedHost host)
    {
        if (!faults.Fires(FaultKind.FrameSkipped)) Show(host);
    }

    /// <summary>The fleet as it is now. Everything is read again.</summary>
    public BoardDocument ShowAll(SimulatedHost host)
    {
        builder?.Doubt();
        return Show(host);
    }

    private BoardDocument Show(SimulatedHost host)
    {
        if (builder is null || !ReferenceEquals(builder.Model, host.Model))
        {
            var earlier = builder;
            builder = new BoardBuilder(host.Model);
            if (earlier is not null) builder.TakeOver(earlier);
        }

        var fleet = host.ReadFleet();
        builder.Build(fleet);
        if (builder.WantsMovers) ReadMovers(host, builder);
        if (builder.WantsAlerts) ReadAlerts(host, builder);
        builder.SetScoreMovers(MoversOf(host));
        return Document = builder.Build(fleet);
    }

    private static void ReadMovers(SimulatedHost host, BoardBuilder builder)
    {
        for (var stage = 0; stage < builder.Model.Definition.Stages.Count; stage++)
        {
            var rows = RowsOf(host, builder.Model.Definition.Stages[stage]);
            builder.SetMovers(stage, [.. rows.Take(BoardBuilder.MoversWanted).Select(row => row.Account)], rows.Count <= BoardBuilder.MoversWanted);
        }
    }

    /// <summary>Latest stage change first.</summary>
    public static List<FleetRow> RowsOf(SimulatedHost host, Stage stage)
    {
        var query = new AccountQuery { Stage = stage.Id, Sort = AccountSort.StageSince, Limit = 1000 };
        return [.. host.Partitions.SelectMany(partition => partition.Rows(query)).Order(new AccountOrder(query.Sort))];
    }

    private static void ReadAlerts(SimulatedHost host, BoardBuilder builder)
    {
        builder.BeginAlerts();
        builder.SetAlerts(AlertsOf(host));
    }

    /// <summary>The page that the wall shows.</summary>
    public static AlertPage AlertsOf(SimulatedHost host)
    {
        var counted = new AlertStorms();
        foreach (var partition in host.Partitions) counted.Add(partition.AlertStorms(AlertLines.Query));
        var storms = counted.Over(host.Model.Definition.Alerts?.StormFrom ?? int.MaxValue);
        var query = AlertLines.Query with { Except = storms.Select(storm => storm.Key).ToHashSet() };
        var rows = host.Partitions.SelectMany(partition => partition.Alerts(query)).Order(new AlertOrder(query.Sort)).Take(query.Limit);
        return new AlertPage([.. rows], null, storms);
    }

    private static ScoreMovers MoversOf(SimulatedHost host)
    {
        var movers = new ScoreMovers();
        foreach (var partition in host.Partitions) movers.Add(partition.Movers());
        return movers;
    }
}
