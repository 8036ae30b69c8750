using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>Histories of one or two accounts, made from a seed, that live near the thresholds, the edges of windows and the ends of days.</summary>
public sealed class HistoryGenerator
{
    private readonly Dice dice;
    private readonly AdoptionModel model;
    private readonly int seed;
    private readonly int firstDay;
    private readonly bool allLive;
    private readonly List<Send> sends = [];
    private readonly List<long> imports = [];
    private int lastDay;
    private int ids;

    private HistoryGenerator(int seed, AdoptionModel? fixedModel)
    {
        this.seed = seed;
        dice = new Dice(seed);
        model = fixedModel ?? ModelGenerator.Make(dice);
        firstDay = dice.Between(20_300, 20_700);
        allLive = dice.Chance(0.4);
        lastDay = firstDay;
    }

    /// <param name="seed">The same seed gives the same history.</param>
    /// <param name="model">Null: a generated one.</param>
    public static History Make(int seed, AdoptionModel? model) => new HistoryGenerator(seed, model).Make(model is null ? 80 : 110);

    private History Make(int most)
    {
        var accounts = dice.Chance(0.8) ? 1 : 2;
        if (!allLive && dice.Chance(0.6))
            for (var i = dice.Between(1, 2); i > 0; i--) imports.Add(Days.StartMs(firstDay + dice.Of(0, dice.Between(0, 40), dice.Between(20, 110))) + dice.Between(0L, Days.MsPerDay - 1));
        for (var a = 0; a < accounts; a++) MakeAccount(a == 0 ? "acme" : "globex", most / accounts);
        Resend();
        var ordered = sends.OrderBy(s => s.ReceivedAtMs).ToList();
        var steps = new Itinerary(dice, model, allLive).Make(ordered);
        // With late_days 0 a second's delay at midnight is enough to be too late.
        var acceptance = new Acceptance(model.LateDays);
        return new(seed, model, steps, !ordered.Any(send => acceptance.Judge(send).Historic));
    }

    private void MakeAccount(string account, int most)
    {
        var events = new EventGenerator(dice, model, most);
        var bursts = dice.Between(1, 4);
        var day = firstDay + dice.Between(0, 3);
        for (var b = 0; b < bursts && !events.Full; b++)
        {
            var end = events.Burst(dice.Between(0, model.Products.Count - 1), day);
            day = Math.Min(firstDay + 110, dice.Of(day, day + dice.Between(0, 8), end, end + dice.Between(0, 35)));
            lastDay = Math.Max(lastDay, end);
        }

        for (var n = dice.Between(0, 6); n > 0; n--) events.Noise(firstDay + dice.Between(0, Math.Max(1, lastDay - firstDay)));
        if (dice.Chance(0.4))
            for (var n = dice.Between(1, 6); n > 0; n--) events.Answer(firstDay + dice.Between(0, Math.Max(1, lastDay - firstDay)));
        if (dice.Chance(0.02)) events.Crowd(firstDay + dice.Between(0, 20));
        // A customer's whole past, told after the fact.
        if (!allLive && dice.Chance(0.05)) events.Burst(dice.Between(0, model.Products.Count - 1), firstDay - dice.Between(60, 900));
        // A sender whose dates are empty or broken.
        if (!allLive && dice.Chance(0.004)) events.Ancient(dice.Of(-62_135_596_800_000L, -1L, 0L, Days.StartMs(365) - 1, Days.StartMs(365), 946_684_800_000L));
        foreach (var happening in events.Happenings) sends.Add(Deliver(account, happening));
        MakeProfile(account);
        if (dice.Chance(0.15)) MakePins(account);
    }

    // How it reaches us: at once, late, very late, through an import, with a clock that is wrong, without a timestamp.
    private Send Deliver(string account, Happening happening)
    {
        var time = happening.TimeMs;
        var send = new Send
        {
            Account = account,
            User = happening.User,
            Name = happening.Name,
            Properties = happening.Properties,
            MessageId = dice.Chance(0.04) ? null : $"m{ids++}",
            Source = dice.Chance(0.1) ? "other" : "sdk",
            TimestampMs = time,
            ReceivedAtMs = time + dice.Between(0, 3000),
        };
        var later = imports.Where(i => i > time).ToList();
        if (Days.Of(time) < firstDay) return send with { Import = dice.Chance(0.5), ReceivedAtMs = Days.StartMs(firstDay + dice.Between(0, 60)) };
        if (later.Count > 0 && dice.Chance(0.6)) return send with { Import = true, ReceivedAtMs = dice.OneOf(later) };
        var way = dice.Between(0, 99);
        if (way < 10) return send with { TimestampMs = null, ReceivedAtMs = time };
        if (way < 35) return send with { ReceivedAtMs = time + Lateness() };
        if (way < 45) return Skewed(send with { ReceivedAtMs = time + dice.Of(0L, Lateness()) });
        if (way < 48) return send with { ReceivedAtMs = Math.Max(0, time - dice.Between(1L, Days.MsPerDay)) };
        if (way < 49) return send with { ReceivedAtMs = time - Days.MsPerDay - dice.Of(0L, 1L, 60_000L) };
        if (!allLive && way < 54) return send with { ReceivedAtMs = time + ((long)dice.Of(1, dice.Between(1, 40)) + model.LateDays) * Days.MsPerDay };
        return send;
    }

    // The event's day is T - late_days at the earliest; often exactly that.
    private long Lateness()
    {
        if (model.LateDays == 0) return 0;
        var days = dice.Of(model.LateDays - 1, dice.Between(0, model.LateDays - 1), 0);
        return (days * Days.MsPerDay) + dice.Between(0L, Days.MsPerDay / 2);
    }

    private Send Skewed(Send send)
    {
        var skew = dice.Between(-5L * Days.MsPerDay, 5L * Days.MsPerDay);
        return send with { TimestampMs = send.TimestampMs + skew, SentAtMs = send.ReceivedAtMs + skew };
    }

    private void Resend()
    {
        foreach (var send in sends.Where(s => s.MessageId is not null).ToList())
        {
            if (!dice.Chance(0.09)) continue;
            var delay = dice.Of(0L, dice.Between(0L, 60_000L), dice.Between(0L, 3 * Days.MsPerDay), dice.Between(0L, 12 * Days.MsPerDay));
            var again = send with { ReceivedAtMs = send.ReceivedAtMs + delay, SentAtMs = send.SentAtMs + delay };
            if (allLive && !StaysLive(again)) continue;
            if (!allLive && send.SentAtMs is null && dice.Chance(0.1)) again = again with { Import = true };
            // The same id with another story: the lowest position stands.
            if (dice.Chance(0.25)) again = again with { Name = send.Kind == RecordKind.Usage ? dice.Of(send.Name, "Page") : send.Name, Properties = [("quantity", PlainValue.OfNumber("7")), .. send.Properties.Where(p => p.Name != "quantity")] };
            sends.Add(again);
        }
    }

    private bool StaysLive(Send send)
    {
        var time = send.TimestampMs is not { } t ? send.ReceivedAtMs : send.SentAtMs is { } s ? send.ReceivedAtMs - (s - t) : t;
        return Days.Of(time) >= Days.Of(send.ReceivedAtMs) - model.LateDays;
    }

    private void MakeProfile(string account)
    {
        var count = dice.Of(0, 0, 1, 1, 2, 3, 4);
        for (var i = 0; i < count; i++)
        {
            var at = Days.StartMs(firstDay + dice.Of(-2, 0, dice.Between(0, Math.Max(1, lastDay - firstDay + 30)))) + dice.Between(0L, Days.MsPerDay - 1);
            sends.Add(dice.Chance(0.65) ? Profile(account, at) : dice.Chance(0.8) ? Traits(account, at) : Identify(account, at));
        }
    }

    private Send Profile(string account, long at)
    {
        var fields = Fields();
        if (dice.Chance(0.85)) fields.Add(("contract", dice.Chance(0.1) ? PlainValue.Null : PlainValue.OfJson(Contract())));
        return new() { Kind = RecordKind.Profile, Account = account, ReceivedAtMs = at, Source = "crm", Properties = fields };
    }

    private Send Traits(string account, long at) =>
        new() { Kind = RecordKind.Traits, Account = account, ReceivedAtMs = at, TimestampMs = allLive || dice.Chance(0.8) ? at : at - dice.Between(0L, 40 * Days.MsPerDay), Import = !allLive && dice.Chance(0.1), MessageId = $"g{ids++}", User = "u1", Properties = Fields() };

    private Send Identify(string account, long at) =>
        new() { Kind = RecordKind.Identify, Account = account, ReceivedAtMs = at, TimestampMs = at, MessageId = $"i{ids++}", User = "u9", Properties = [("name", PlainValue.OfText("A person"))] };

    private List<(string, PlainValue)> Fields()
    {
        var fields = new List<(string, PlainValue)>();
        if (dice.Chance(0.5)) fields.Add(("name", PlainValue.OfText(dice.Of("Acme", "Äcme GmbH"))));
        if (dice.Chance(0.3)) fields.Add(("segment", dice.Of(PlainValue.OfText("smb"), PlainValue.OfText("enterprise"), PlainValue.OfText("nonsense"), PlainValue.Null)));
        if (dice.Chance(0.5)) fields.Add(("employees", PlainValue.OfNumber(dice.Of("0", "4", "199", "200", "999", "1000", "52000"))));
        if (dice.Chance(0.3)) fields.Add(("owner", dice.Of(PlainValue.OfText("dana@vendor.example"), PlainValue.Null)));
        if (dice.Chance(0.4)) fields.Add(("seats", PlainValue.OfNumber(dice.Of("0", "1", "3", "7", "40"))));
        if (dice.Chance(0.12)) fields.Add(("status", PlainValue.OfText(dice.Of("churned", "active"))));
        if (dice.Chance(0.4)) fields.Add(("nps", dice.Chance(0.1) ? PlainValue.Null : PlainValue.OfNumber(dice.Of("-100", "-30", "0", "31", "32.5", "75", "100"))));
        if (dice.Chance(0.2)) fields.Add(("nps_at", dice.Chance(0.1) ? PlainValue.Null : DayText(dice.Of(-200, -20, dice.Between(-30, 60)))));
        if (dice.Chance(0.35)) fields.Add(("renewal_date", dice.Chance(0.1) ? PlainValue.Null : DayText(dice.Of(20, dice.Between(0, 200), dice.Between(-10, 100)))));
        if (dice.Chance(0.3)) fields.Add(("last_contact", dice.Chance(0.1) ? PlainValue.Null : DayText(dice.Between(-120, 60))));
        return fields;
    }

    // A date, an instant, or neither.
    private PlainValue DayText(int daysFromFirst)
    {
        var day = Days.ToDate(firstDay + daysFromFirst);
        return PlainValue.OfText(dice.Of($"{day:yyyy-MM-dd}", $"{day:yyyy-MM-dd}", $"{day:yyyy-MM-dd}T23:59:59.999Z", "soon"));
    }

    // Bands and stages that a person holds fast for a while, from the account's first record on.
    private void MakePins(string account)
    {
        var own = sends.Where(s => s.Account == account).ToList();
        if (own.Count == 0) return;
        var from = own.Min(s => s.ReceivedAtMs) + 1;
        for (var n = dice.Between(1, 4); n > 0; n--)
        {
            var at = Math.Max(from, Days.StartMs(firstDay + dice.Between(0, Math.Max(1, lastDay - firstDay + 20))) + dice.Between(0L, Days.MsPerDay - 1));
            var kind = dice.Of("band", "band", "stage");
            var value = kind == "band" ? dice.Of("red", "yellow", "green") : dice.OneOf(model.Stages).Id;
            var until = Days.ToDate(Days.Of(at) + dice.Of(1, 2, dice.Between(1, 15), dice.Between(5, 60)));
            sends.Add(new()
            {
                Kind = RecordKind.Override,
                Account = account,
                Name = kind,
                Source = "api",
                ReceivedAtMs = at,
                Properties = [("value", dice.Chance(0.2) ? PlainValue.Null : PlainValue.OfText(value)), ("by", PlainValue.OfText("dana")), ("reason", PlainValue.OfText("We know better")), ("until", PlainValue.OfText($"{until:yyyy-MM-dd}"))],
            });
        }
    }

    private string Contract()
    {
        var lines = new List<string>();
        foreach (var product in model.Products)
        {
            if (dice.Chance(0.3)) continue;
            for (var n = dice.Of(1, 1, 2); n > 0; n--)
            {
                var start = firstDay + dice.Of(-400, 0, dice.Between(-10, 90));
                int? end = dice.Chance(0.5) ? null : start + dice.Of(0, 1, dice.Between(1, 120), 500);
                lines.Add($$"""{"product":"{{product.Id}}","start":"{{Days.ToDate(start):yyyy-MM-dd}}","end":{{(end is { } e ? $"\"{Days.ToDate(e):yyyy-MM-dd}\"" : "null")}},"arr":{{dice.Of("100", "100", "0", "null", "60000")}},"list_price":100,"bundled":false}""");
            }
        }

        return $"[{string.Join(',', lines)}]";
    }
}
