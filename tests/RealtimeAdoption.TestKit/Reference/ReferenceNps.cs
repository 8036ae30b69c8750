namespace RealtimeAdoption.TestKit.Reference;

/// <summary>Reading 23: the NPS of an account on a day, from its users' answers and from its own profile.</summary>
public static class ReferenceNps
{
    /// <param name="answers">Of any time; those after the day do not count.</param>
    /// <param name="own">The profile's, with its day.</param>
    /// <param name="staleAfterDays">For so many days an answer counts.</param>
    /// <param name="day">T.</param>
    /// <returns>Null: neither is known. The account's own may be too old; the caller judges that by its day.</returns>
    public static (decimal Value, int Day)? On(IEnumerable<ReferenceEvent> answers, (decimal Value, int Day)? own, int staleAfterDays, int day)
    {
        var latest = new Dictionary<string, ReferenceEvent>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            if (answer.NpsScore is null || answer.Day > day) continue;
            if (!latest.TryGetValue(answer.User!, out var known) || IsLater(answer, known)) latest[answer.User!] = answer;
        }

        int promoters = 0, detractors = 0, count = 0, lastDay = int.MinValue;
        foreach (var answer in latest.Values)
        {
            if (answer.Day <= day - staleAfterDays) continue;
            count++;
            if (answer.NpsScore >= 9) promoters++;
            if (answer.NpsScore <= 6) detractors++;
            lastDay = Math.Max(lastDay, answer.Day);
        }

        if (count == 0) return own;
        if (own is { } profile && profile.Day > lastDay) return own;
        return (100m * (promoters - detractors) / count, lastDay);
    }

    private static bool IsLater(ReferenceEvent answer, ReferenceEvent than) =>
        answer.TimeMs > than.TimeMs || (answer.TimeMs == than.TimeMs && answer.NpsScore > than.NpsScore);
}
