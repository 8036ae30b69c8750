namespace RealtimeAdoption.Server.Demo;

/// <summary>What the live traffic knows of one account. Refreshed from the account's own answer before anything is done to it. One thread.</summary>
public sealed class LiveAccount
{
    private readonly HashSet<string> adopted = new(StringComparer.Ordinal);
    private readonly HashSet<string> entitled = new(StringComparer.Ordinal);
    private readonly List<ContractLine> contract;

    public LiveAccount(Customer customer, AccountAnswer answer)
    {
        Customer = customer;
        Want = Math.Max(1, customer.Target);
        Quiet = customer.Character is Character.Stalled or Character.Decaying or Character.Silent or Character.Slipping or Character.Churned;
        contract = [.. customer.Contract];
        Refresh(answer);
        // After a restart the contract is what the server says; lines that the demo closed or opened since are not known here.
        contract.RemoveAll(line => line.End is null && !entitled.Contains(line.Product));
        foreach (var product in entitled.Where(product => !contract.Exists(line => line.Product == product && line.End is null)).ToList())
            contract.Add(CustomerBase.Line(product, customer.Contract[0].Start, segment: 2, bundled: false));
    }

    public Customer Customer { get; }

    /// <summary>What its history told of it stays true: nobody there does anything.</summary>
    public bool IsSilent => Customer.Character is Character.Silent or Character.Slipping;

    /// <summary>Its people were angry lately and have not been won back.</summary>
    public bool IsUpset { get; set; }

    /// <summary>Adopted entitled products that the traffic steers it to.</summary>
    public int Want { get; set; }

    /// <summary>Sends nothing of its own accord.</summary>
    public bool Quiet { get; set; }
    public bool Churned { get; private set; }
    public IReadOnlyList<ContractLine> Contract => contract;

    public IReadOnlyList<string> InUse { get; private set; } = [];

    public int Adopted => adopted.Count(entitled.Contains);

    public void Refresh(AccountAnswer answer)
    {
        Churned = answer.Churned;
        adopted.Clear();
        entitled.Clear();
        foreach (var product in answer.Products)
        {
            if (product.Adopted) adopted.Add(product.Id);
            if (product.Entitled) entitled.Add(product.Id);
        }

        InUse = [.. Customer.Order.Where(adopted.Contains)];
    }

    /// <summary>Bought, and not yet adopted.</summary>
    public string? NextToAdopt => Customer.Order.FirstOrDefault(product => entitled.Contains(product) && !adopted.Contains(product));

    /// <summary>Rather something that it does not use yet than what it gave up.</summary>
    public string? NextToBuy => Customer.Order.Where(product => !entitled.Contains(product)).OrderBy(adopted.Contains).FirstOrDefault();

    /// <summary>Never the first.</summary>
    public string? NextToDrop => Customer.Order.Skip(1).LastOrDefault(product => entitled.Contains(product) && adopted.Contains(product));

    public void Buy(string product, DateOnly today)
    {
        var segment = Customer.Segment switch { "enterprise" => 0, "mid_market" => 1, _ => 2 };
        contract.Add(CustomerBase.Line(product, today, segment, bundled: false));
    }

    public void Drop(string product, DateOnly today)
    {
        for (var i = 0; i < contract.Count; i++)
        {
            if (contract[i].Product == product && contract[i].End is null) contract[i] = contract[i] with { End = today };
        }

        // A line that began today covers nothing.
        contract.RemoveAll(line => line.End == line.Start);
    }
}
