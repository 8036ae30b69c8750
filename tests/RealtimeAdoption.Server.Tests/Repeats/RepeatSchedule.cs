using System.Globalization;

namespace RealtimeAdoption.Server.Tests.Repeats;

/// <summary>What one server life of a phase is sent, in order, and the day on which it stands.</summary>
/// <param name="Day">Days after the first phase.</param>
/// <param name="Import">One body of the import door, sent before all else; null: none.</param>
/// <param name="Messages">Segment messages.</param>
public sealed record RepeatPhase(int Day, string? Import, IReadOnlyList<string> Messages);

/// <summary>
/// Events of some accounts over some days, each sent once, or 1 to 5 times in shuffled order: first copies come in the same order in both, later ones anywhere behind them, in later phases too, as long as the event is
/// dated within the days for which ids are remembered. A function of its seed.
/// </summary>
/// <param name="seed">Of the events and of their copies.</param>
public sealed class RepeatSchedule(int seed)
{
    public const int Accounts = 30;

    private const int EventsPerPhase = 500;
    private const int CopiesMost = 5;
    private const int LateDays = 7;
    private static readonly int[] PhaseDays = [0, 1, 3, 6, 7];
    private static readonly DateTimeOffset Begin = new(2026, 3, 10, 10, 0, 0, TimeSpan.Zero);

    private static readonly (string Event, string Properties)[] Kinds =
    [
        ("Contact Created", "\"product\":\"crm\""), ("Activity Logged", "\"product\":\"crm\""), ("Sequence Created", "\"product\":\"sales_engagement\""),
        ("Emails Sent", "\"product\":\"sales_engagement\",\"quantity\":6"), ("Report Generated", "\"product\":\"analytics\""), ("Report Viewed", "\"product\":\"analytics\""),
        ("Support Ticket Filed", "\"product\":\"portal\""), ("Campaigns Reported", "\"product\":\"marketing\",\"active\":#"), ("Lists Reported", "\"product\":\"marketing\",\"contacts\":1#0"),
        ("Critical Tickets Reported", "\"open\":#"), ("NPS Submitted", "\"score\":#"),
    ];

    public static string AccountId(int account) => string.Create(CultureInfo.InvariantCulture, $"repeat-{account:00}");

    public static DateTimeOffset At(int day) => Begin.AddDays(day);

    /// <param name="most">1: once; 5: each 1 to 5 times.</param>
    public IReadOnlyList<RepeatPhase> Phases(int most)
    {
        // The events have dice of their own, so that they are the same however often they are sent.
        var (events, copies) = (new Random(seed), new Random(seed + most));
        var sends = PhaseDays.Select(_ => new List<(string Message, double Place)>()).ToList();
        var imports = new List<string>();
        var number = 0;
        for (var phase = 0; phase < PhaseDays.Length; phase++)
        {
            for (var i = 0; i < EventsPerPhase; i++)
            {
                var day = PhaseDays[phase] - events.Next(LateDays - 1);
                var isDated = events.Next(10) > 0;
                var message = Message(events, number++, isDated ? day : null);
                if (phase == 0 && isDated && i % 5 == 0)
                {
                    imports.AddRange(Enumerable.Repeat(message, most > 1 ? copies.Next(1, CopiesMost + 1) : 1));
                    continue;
                }

                sends[phase].Add((message, i));
                // An event without a timestamp is another one on another day.
                var last = isDated ? PhaseDays.Count(at => day >= at - LateDays) : phase + 1;
                for (var copy = most > 1 ? copies.Next(CopiesMost) : 0; copy > 0; copy--)
                {
                    var into = copies.Next(phase, last);
                    sends[into].Add((message, into == phase ? i + (copies.NextDouble() * (EventsPerPhase - i)) : copies.NextDouble() * EventsPerPhase));
                }
            }
        }

        return
        [
            .. PhaseDays.Select((day, phase) => new RepeatPhase(
                day, phase == 0 ? "{\"batch\":[" + string.Join(',', imports) + "]}" : null, [.. sends[phase].OrderBy(send => send.Place).Select(send => send.Message)])),
        ];
    }

    private static string Message(Random random, int number, int? day)
    {
        var (name, properties) = Kinds[random.Next(Kinds.Length)];
        var at = day is { } on ? $"\"timestamp\":\"{At(on).AddMinutes(-random.Next(600)):yyyy-MM-ddTHH:mm:ssZ}\"," : "";
        var filled = properties.Replace("#", random.Next(11).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        // A few accounts have most of the traffic, so that some adopt products and some do not.
        var account = Math.Min(random.Next(Accounts), random.Next(Accounts));
        return $"{{\"type\":\"track\",\"event\":\"{name}\",\"userId\":\"u{random.Next(8)}\",\"messageId\":\"m{number}\",{at}\"context\":{{\"groupId\":\"{AccountId(account)}\"}},\"properties\":{{{filled}}}}}";
    }
}
