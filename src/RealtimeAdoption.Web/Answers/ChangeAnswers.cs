using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;
using RealtimeAdoption.Engine.Host;

namespace RealtimeAdoption.Web.Answers;

/// <summary>
/// The ordered feed of changes. A reader calls with the cursor of the answer before; every change comes once, and those of one account in order (an account lies
/// in one partition; between partitions there is no order). With <c>wait</c> an empty answer is held back until there is something.
/// </summary>
internal static class ChangeAnswers
{
    private static readonly QueryField After = new("after", "The cursor of the answer before; without it, the feed from its beginning.");
    private static readonly QueryField Wait = new("wait", "Seconds that an empty answer is held back for.", JsonSchemaType.Integer) { Min = 0, Max = 60, Default = 0 };

    public static readonly QueryField[] Fields = [After, Wait, QueryField.Limit];

    public static async Task<IResult> FeedAsync(HttpContext context, IScoringHost host, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var fields = new QueryReader(context, Fields);
        var limit = fields.Number(QueryField.Limit);
        var wait = TimeSpan.FromSeconds(fields.Number(Wait));
        var cursor = fields.Text(After.Name) is { } text ? FeedCursor.Read(text, host.Identity) : FeedCursor.Start(host.Identity);
        if (cursor is null) fields.Refuse(After.Name, "It is not a cursor of this store's feed; use 'cursor' of the answer before as it came, or start without one.");
        if (fields.Problem is { } problem) return problem;

        // A server that stops answers at once what it holds back.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        if (wait > TimeSpan.Zero) patience.CancelAfter(wait);
        var fleet = host.ReadFleet();
        var changes = await ReadAsync(host, cursor!, limit, cancellationToken);
        while (changes.Count == 0 && wait > TimeSpan.Zero)
        {
            try
            {
                await host.FleetChangedAsync(fleet.Version, patience.Token);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                break;
            }

            fleet = host.ReadFleet();
            if (cursor!.IsAtEnd(fleet.FeedEnds)) continue;
            changes = await ReadAsync(host, cursor!, limit, cancellationToken);
        }

        return TypedResults.Ok(new FeedPage(changes, cursor!.ToString()));
    }

    private static async Task<List<ChangeView>> ReadAsync(IScoringHost host, FeedCursor cursor, int limit, CancellationToken cancellationToken)
    {
        var found = new List<ChangeView>();
        var partitions = cursor.Sequences.Length;
        var first = cursor.Next;
        for (var i = 0; i < partitions && found.Count < limit; i++)
        {
            var partition = (first + i) % partitions;
            foreach (var change in await host.FeedAsync(partition, cursor.Sequences[partition], limit - found.Count, cancellationToken))
            {
                found.Add(ChangeView.Of(partition, change));
                cursor.Sequences[partition] = change.Sequence;
            }

            cursor.Next = (partition + 1) % partitions;
        }

        return found;
    }
}
