namespace RealtimeAdoption.Server.Demo;

/// <summary>What feeds one criterion of the sample model.</summary>
/// <param name="Metric">Its id.</param>
/// <param name="Event">The event's name.</param>
/// <param name="AtLeast">The threshold, within 30 days.</param>
/// <param name="Property">The number that the event carries; null: it counts as it is.</param>
/// <param name="Nightly">A gauge, reported every night without a user.</param>
public sealed record Feed(string Metric, string Event, int AtLeast, string? Property = null, bool Nightly = false);

/// <param name="Work">An event of everyday use beside those that are measured, and how many of it come with thirty days at level 1.</param>
public sealed record CatalogueProduct(string Id, int ListPrice, IReadOnlyList<Feed> Feeds, (string Event, int PerMonth) Work);

/// <summary>The vendor of the demo: the products of models/saas-suite.yaml and the events that they send. Held to that file by a test.</summary>
public static class Catalogue
{
    public const string PortalVisit = "Portal Visited";

    public static IReadOnlyList<CatalogueProduct> Products { get; } =
    [
        new("crm", 20000, [new("contacts_created", "Contact Created", 25), new("activities_logged", "Activity Logged", 10)], ("Deal Moved", 4)),
        new(
            "marketing",
            15000,
            [
                new("active_campaigns", "Campaigns Reported", 1, "active", Nightly: true),
                new("contacts_in_lists", "Lists Reported", 100, "contacts", Nightly: true),
            ],
            ("Campaign Edited", 8)),
        new("sales_engagement", 12000, [new("sequences_created", "Sequence Created", 5), new("emails_sent", "Emails Sent", 20, "quantity")], ("Call Logged", 4)),
        new("analytics", 12000, [new("reports_generated", "Report Generated", 3), new("report_views", "Report Viewed", 10)], ("Filter Saved", 3)),
        new("portal", 9000, [new("portal_users", PortalVisit, 5), new("support_tickets", "Support Ticket Filed", 20)], (PortalVisit, 10)),
    ];

    public static CatalogueProduct Of(string product) => Products[IndexOf(product)];

    public static int IndexOf(string product)
    {
        for (var i = 0; i < Products.Count; i++)
        {
            if (Products[i].Id == product) return i;
        }

        throw new ArgumentException($"The demo has no product '{product}'.", nameof(product));
    }
}
