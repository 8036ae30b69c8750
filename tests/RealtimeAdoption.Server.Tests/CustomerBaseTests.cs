using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Server.Demo;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

public sealed class CustomerBaseTests
{
    private static readonly DateOnly Today = new(2026, 6, 17);
    private static readonly DateTimeOffset End = new(2026, 6, 17, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_catalogue_is_the_sample_models()
    {
        var path = Path.Combine(Path.GetDirectoryName(ServerProcess.Executable())!, "models", "saas-suite.yaml");
        var model = ModelFileReader.ReadOrThrow(File.ReadAllText(path), path);
        Assert.Equal(model.Products.Select(p => p.Id), Catalogue.Products.Select(p => p.Id));
        Assert.Equal(model.Products.Select(p => p.ListPrice), Catalogue.Products.Select(p => (decimal)p.ListPrice));
        foreach (var (product, made) in model.Products.Zip(Catalogue.Products))
        {
            var criteria = product.AdoptedWhen.Select(c => (model.Metrics[c.Metric].Id, c.AtLeast, c.WithinDays));
            Assert.Equal(criteria, made.Feeds.Select(f => (f.Metric, (decimal)f.AtLeast, 30)));
            foreach (var feed in made.Feeds)
            {
                var metric = model.Metrics.Single(m => m.Id == feed.Metric);
                Assert.True(metric.IsWildcard || metric.Event == feed.Event);
                Assert.Equal(metric.Value, feed.Property);
            }
        }
    }

    [Fact]
    public void The_same_seed_makes_the_same_customers_and_history_and_another_seed_others()
    {
        Assert.Equal(Told(1), Told(1));
        Assert.NotEqual(Told(1), Told(2));

        static List<string> Told(int seed) =>
        [
            .. new CustomerBase(seed, 40, Today).Customers.SelectMany(customer =>
                new History(customer, seed, End).Events().Select(made => $"{customer.Id} {customer.Employees} {customer.Relationship} {made with { Person = null }} {made.Person?.Id}")),
        ];
    }

    [Fact]
    public void Names_are_unique_and_message_ids_too()
    {
        var customers = new CustomerBase(5, 2000, Today);
        Assert.Equal(2000, customers.Customers.Select(c => c.Id).Distinct().Count());
        Assert.DoesNotContain(customers.SignUp(2000).Id, customers.Customers.Select(c => c.Id));
        var ids = customers.Customers.Take(50).SelectMany(c => new History(c, 5, End).Events()).Select(e => e.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void A_contract_line_ends_after_it_starts()
    {
        foreach (var seed in Enumerable.Range(1, 5))
        {
            var lines = new CustomerBase(seed, 2000, Today).Customers.SelectMany(customer => customer.Contract).ToList();
            Assert.Contains(lines, line => line.End is not null);
            Assert.All(lines, line => Assert.True(line.End is null || line.End > line.Start, $"seed {seed}: {line}"));
        }
    }

    [Fact]
    public void A_history_ends_before_its_end_and_has_ninety_days()
    {
        var events = new CustomerBase(1, 100, Today).Customers.SelectMany(c => new History(c, 1, End).Events()).ToList();
        var begin = new DateTimeOffset(Today.AddDays(-90), TimeOnly.MinValue, TimeSpan.Zero);
        Assert.All(events, made => Assert.InRange(made.At!.Value, begin, End.AddMilliseconds(-1)));
        Assert.InRange(events.Min(e => e.At!.Value), begin, begin.AddDays(1));
    }
}
