using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.TestKit.Hosts;
using RealtimeAdoption.TestKit.Reference;
using Xunit;
using Today = RealtimeAdoption.TestKit.Hosts.Chronicle.Today;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>
/// Four months of one account by the sample model, on a running host whose clock goes from midnight to midnight: what its customer-success manager is told, on which day, and that she is told each thing once.
/// </summary>
public abstract class AccountStoryContract
{
    private static readonly string[] Team = ["ann", "ben", "cho", "dev", "eve", "fay"];

    /// <summary>Not started.</summary>
    protected abstract IHostRig NewRig();

    [Fact]
    public async Task Acme_rises_loses_its_champion_decays_and_recovers_and_every_alert_comes_on_its_day_and_once()
    {
        await using var acme = await Chronicle.BeginAsync(NewRig());
        await AcmeRisesAsync(acme);
        await TheChampionLeavesAsync(acme);
        await UsageDecaysAsync(acme);
        await NobodyComesAsync(acme);
        await AcmeRecoversAsync(acme);

        Assert.Equal(
            ["1 unknown > red", "3 red > yellow", "10 yellow > green", "59 green > yellow", "85 yellow > red", "104 red > yellow", "110 yellow > green"],
            await acme.MovesAsync(ChangeType.BandChanged));
        Assert.Equal(
            [
                "3 not_adopted > single_product", "10 single_product > multi_product_starter", "84 multi_product_starter > single_product", "86 single_product > not_adopted",
                "103 not_adopted > single_product", "105 single_product > multi_product_starter",
            ],
            await acme.MovesAsync(ChangeType.StageChanged));
    }

    private static async Task AcmeRisesAsync(Chronicle acme)
    {
        // A mid-market customer with ten seats buys CRM, marketing and analytics; the renewal is on day 140.
        await acme.TodayAsync(today => today.Buys(("crm", 20000), ("marketing", 15000), ("analytics", 12000)).Knows(("renewal_date", PlainValue.OfText($"{Chronicle.On(140):yyyy-MM-dd}"))));
        await acme.TodayAsync(TheTeamWorks);

        // Six of them begin on the first day. Nine contacts a day make the 25 of CRM on the third.
        await acme.UntilAsync(9, TheTeamWorks);
        await acme.TellsAsync("3 opened stage_up info", "3 opened product_adopted:crm info");

        // From day 10 on a campaign runs, to a list of 800: the second product. Good news is told for a week, and within that week a second rise of the stage is not told again. What is used
        // as deeply as this can be built upon.
        await acme.UntilAsync(40, today => { TheTeamWorks(today); CarolWorks(today); MarketingRuns(today); });
        await acme.TellsAsync(
            "10 resolved stage_up passed", "10 resolved product_adopted:crm passed", "10 opened expansion_ready info", "10 opened product_adopted:marketing info",
            "17 resolved product_adopted:marketing passed");
    }

    private static async Task TheChampionLeavesAsync(Chronicle acme)
    {
        // Day 40 was the last of Carol, who set the campaign up and was the only one in three products. The others go on as they did. Day 50 is ninety days before the renewal, and day 54 two
        // weeks after Carol.
        await acme.UntilAsync(55, today => { TheTeamWorks(today); MarketingRuns(today); });
        await acme.TellsAsync("50 opened renewal_near notice", "54 opened champion_quiet:carol warning");
    }

    private static async Task UsageDecaysAsync(Chronicle acme)
    {
        // Then another tool comes: two still look in, and the campaigns end, and with them the reports about them. The trend is the first to fall, and takes the score under 75 - 2 on day 59;
        // in yellow the renewal is more than a notice, and nobody sells to them.
        await acme.UntilAsync(60, TwoLookIn);
        await acme.TellsAsync("59 opened health_slip warning", "59 changed renewal_near notice > warning", "59 resolved expansion_ready ended");

        // Sixty days of analytics that nobody ever adopted.
        await acme.UntilAsync(83, TwoLookIn);
        await acme.TellsAsync("61 opened product_unadopted:analytics notice");

        // Of the contacts of up to day 55, the window of day 83 still has those of two days: 18 of 25. Found out when that day closes.
        await acme.UntilAsync(84, TwoLookIn);
        await acme.TellsAsync("84 opened stage_down warning", "84 opened product_lapsed:crm warning");

        // On day 85 the last report on the campaigns is out of the window and the last of the others are no active users any more: red, and what was open grows louder. It is no second alert.
        await acme.UntilAsync(85, TwoLookIn);
        await acme.TellsAsync("85 changed health_slip warning > urgent", "85 opened seats_low notice", "85 changed renewal_near warning > urgent");
    }

    private static async Task NobodyComesAsync(Chronicle acme)
    {
        // The two are asked, say why, and were there for the last time. The next day marketing has lapsed too; the stage falls again, and that is what the open alert says already.
        await acme.TodayAsync(today => today.Answers("ann", 3).Answers("ben", 5));
        await acme.UntilAsync(90);
        await acme.TellsAsync("85 opened sentiment_low warning", "86 opened product_lapsed:marketing warning");

        // The last call was on day 1: a quarter ago on day 92. Silence is told after two weeks, and sixty days after Carol's last nobody looks for her any more.
        await acme.UntilAsync(102);
        await acme.TellsAsync("92 opened contact_due notice", "99 opened account_silent warning", "100 resolved champion_quiet:carol passed");
        Assert.Equal(
            [
                "health_slip open urgent", "stage_down open warning", "product_lapsed:crm open warning", "product_lapsed:marketing open warning", "product_unadopted:analytics open notice",
                "seats_low open notice", "sentiment_low open warning", "renewal_near open urgent", "contact_due open notice", "account_silent open warning",
            ],
            await acme.LiveAsync());
    }

    private static async Task AcmeRecoversAsync(Chronicle acme)
    {
        // Day 103: Dana, who has been told all of it, calls, and they begin again. What was about today is over today, and the campaign adopts marketing at once.
        await acme.UntilAsync(103, today => { today.IsCalled(); TheTeamWorks(today); MarketingRuns(today); });
        await acme.TellsAsync(
            "103 resolved contact_due ended", "103 resolved account_silent ended", "103 resolved seats_low ended", "103 opened stage_up info", "103 opened product_adopted:marketing info",
            "103 resolved product_lapsed:marketing ended");

        // Out of red the next day; CRM on the third day, as in the beginning; good news for a week. Green from 75 + 2 on, on day 110: only then the slip is over.
        await acme.UntilAsync(119, today => { TheTeamWorks(today); MarketingRuns(today); });
        await acme.TellsAsync(
            "104 changed health_slip urgent > warning", "105 resolved stage_down ended", "105 opened product_adopted:crm info", "105 resolved product_lapsed:crm ended",
            "110 resolved stage_up passed", "110 resolved product_adopted:marketing passed", "110 resolved health_slip ended", "112 resolved product_adopted:crm passed");

        // They are asked again. With that the renewal in twenty days is no urgent matter, and there is something to build upon.
        await acme.UntilAsync(120, today => { TheTeamWorks(today); MarketingRuns(today); today.Answers("ann", 9).Answers("ben", 10); });
        await acme.TellsAsync("120 resolved sentiment_low ended", "120 changed renewal_near urgent > warning", "120 opened expansion_ready info");
        Assert.Equal(["product_unadopted:analytics open notice", "renewal_near open warning", "expansion_ready open info"], await acme.LiveAsync());
    }

    private static void TheTeamWorks(Today today)
    {
        foreach (var user in Team) today.Does(user, "Activity Logged", 1);
        today.Does("ann", "Contact Created", 5).Does("ben", "Contact Created", 4);
    }

    private static void CarolWorks(Today today) => today.Does("carol", "Activity Logged", 2).Does("carol", "Campaign Edited", 1, "marketing").Does("carol", "Report Viewed", 1);

    private static void MarketingRuns(Today today) => today.Reports("Campaigns Reported", "active", 2).Reports("Lists Reported", "contacts", 800).Does("dev", "Campaign Edited", 1, "marketing");

    private static void TwoLookIn(Today today) => today.Does("ann", "Activity Logged", 1).Does("ben", "Activity Logged", 1);
}
