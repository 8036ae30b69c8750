using System.Globalization;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

/// <summary>Events and profiles of every kind that moves a measure of <see cref="HealthModel.OfAll"/>, some of them late.</summary>
internal static class RandomTraffic
{
    public static void Play(AccountFixture account, Random random, int records)
    {
        for (var i = 0; i < records; i++) PlayOne(account, random);
    }

    public static void PlayOne(AccountFixture account, Random random)
    {
        var day = account.Today - (random.Next(6) == 0 ? random.Next(8) : 0);
        var user = random.Next(4) == 0 ? null : $"user-{random.Next(9)}";
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                account.Events("Made", 1, day, user);
                break;
            case 3 or 4:
                account.Events("Sent", 1, day, user, properties: TinyModel.Number("quantity", Number(random.Next(3000) / 1000m)));
                break;
            case 5:
                account.Events("Level", 1, day, user, properties: TinyModel.Number("value", Number(random.Next(-5, 40))));
                break;
            case 6:
                account.Events("Dial", 1, day, user, properties: TinyModel.Number("value", Number(random.Next(100))));
                break;
            case 7:
                account.Events("NPS Submitted", 1, day, user, properties: TinyModel.Number("score", Number(random.Next(11))));
                break;
            case 8 when random.Next(4) == 0:
                account.Put(("seats", Scalar.OfNumber(Number(random.Next(12)))), ("nps", Scalar.OfNumber(Number(random.Next(-100, 101)))), ("employees", Scalar.OfNumber(Number(random.Next(2000)))));
                break;
            case 9 when random.Next(6) == 0:
                account.Contract($$"""[{"product":"{{(random.Next(2) == 0 ? "maker" : "meter")}}","start":"2020-01-01","end":"{{AccountFixture.Date(account.Today + random.Next(40)):yyyy-MM-dd}}"}]""");
                break;
            default:
                account.Events("Visit", 1 + random.Next(4), day, user);
                break;
        }
    }

    private static string Number(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
