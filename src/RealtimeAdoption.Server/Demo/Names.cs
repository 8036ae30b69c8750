namespace RealtimeAdoption.Server.Demo;

/// <summary>Names that sound like companies and people and mean none.</summary>
public static class Names
{
    public static IReadOnlyList<string> Industries { get; } =
        ["retail", "manufacturing", "software", "logistics", "healthcare", "finance", "media", "education", "energy", "hospitality"];

    public static IReadOnlyList<string> Owners { get; } =
        ["dana@vendor.example", "luis@vendor.example", "mei@vendor.example", "omar@vendor.example", "priya@vendor.example", "sven@vendor.example"];

    private static readonly string[] First =
    [
        "Alder", "Amber", "Aspen", "Atlas", "Beacon", "Birch", "Blue Harbor", "Bright", "Canyon", "Cedar", "Cinder", "Cobalt", "Copper", "Coral", "Crescent", "Delta",
        "Ember", "Evergreen", "Falcon", "Fern", "Glacier", "Golden", "Granite", "Harvest", "Heron", "Hollow", "Indigo", "Iron", "Juniper", "Keystone", "Lantern", "Larch",
        "Lumen", "Maple", "Meridian", "Mistral", "Monarch", "North Star", "Oakline", "Onyx", "Opal", "Orchard", "Osprey", "Pacific", "Pine", "Prairie", "Quarry", "Quill",
        "Raven", "Redwood", "River", "Saffron", "Sierra", "Silver", "Slate", "Solstice", "Summit", "Tidal", "Timber", "Umber", "Valley", "Violet", "Willow", "Zephyr",
    ];

    private static readonly string[] Second =
    [
        "Analytics", "Apparel", "Automotive", "Bank", "Biotech", "Books", "Brewing", "Capital", "Clinics", "Devices", "Dynamics", "Education", "Energy", "Events",
        "Fitness", "Foods", "Freight", "Furniture", "Games", "Health", "Hotels", "Insurance", "Labs", "Logistics", "Machines", "Media", "Networks", "Optics", "Outdoors",
        "Partners", "Pharma", "Power", "Printing", "Properties", "Robotics", "Security", "Studios", "Systems", "Telecom", "Textiles", "Tools", "Travel", "Ventures", "Works",
    ];

    private static readonly string[] Given =
    [
        "Ada", "Ahmed", "Aisha", "Alice", "Amara", "Anders", "Bao", "Carla", "Chidi", "Clara", "Diego", "Elena", "Emil", "Farah", "Felix", "Grace", "Hana", "Hugo", "Ines",
        "Ivan", "Jonas", "Kaito", "Lea", "Lina", "Marco", "Maya", "Nadia", "Noah", "Nora", "Oskar", "Paula", "Rafael", "Rosa", "Samir", "Sofia", "Tariq", "Tomas", "Uma",
        "Victor", "Wanda", "Yara", "Yusuf", "Zoe",
    ];

    private static readonly string[] Family =
    [
        "Abe", "Almeida", "Andersson", "Bauer", "Bianchi", "Costa", "Dubois", "Eze", "Fischer", "Garcia", "Haddad", "Hansen", "Ito", "Jansen", "Kaya", "Khan", "Kim",
        "Kowalski", "Larsen", "Lopez", "Martin", "Meyer", "Moreau", "Nguyen", "Novak", "Okafor", "Patel", "Petrov", "Rossi", "Santos", "Sato", "Silva", "Singh", "Tanaka",
        "Virtanen", "Weber", "Wilson", "Yilmaz", "Young", "Zhang",
    ];

    /// <summary>Another name for each index of a seed; after some 2,800 they get a number.</summary>
    public static string Company(int seed, int index)
    {
        // A step that shares no factor with the number of pairs visits each pair once.
        var pairs = First.Length * Second.Length;
        var place = (int)((((uint)seed * 7919L) + (index * 1973L)) % pairs);
        var name = $"{First[place % First.Length]} {Second[place / First.Length]}";
        var round = index / pairs;
        return round == 0 ? name : $"{name} {round + 1}";
    }

    public static string Slug(string name) => name.ToLowerInvariant().Replace(' ', '-');

    public static IReadOnlyList<Person> People(Dice dice, string account, int count)
    {
        var people = new List<Person>(count);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        while (people.Count < count)
        {
            var name = $"{dice.Pick(Given)} {dice.Pick(Family)}";
            var local = name.ToLowerInvariant().Replace(' ', '.');
            if (!taken.Add(local)) continue;
            people.Add(new Person($"{local}@{account}.example", name, $"{local}@{account}.example"));
        }

        return people;
    }
}
