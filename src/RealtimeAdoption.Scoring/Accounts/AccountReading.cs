using System.Numerics;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>Answers made from a state that has been brought to the day that they are of.</summary>
internal static class AccountReading
{
    public static AccountView View(in AccountBlock block, bool explain)
    {
        var model = block.Model;
        var profile = Profile.Read(block);
        var entitled = block.Entitled;
        var available = BitOperations.PopCount(entitled);
        var adopted = BitOperations.PopCount(block.Adopted & entitled);
        var dates = AdoptionDates.OfAll(block);
        var order = Enumerable.Range(0, dates.Length).Where(product => dates[product].First is not null).OrderBy(product => dates[product].First).ToList();
        var segment = model.SegmentOf(profile.Segment, profile.Employees);
        return new AccountView
        {
            Account = profile.Account,
            Name = profile.Name ?? profile.Account,
            Segment = segment < 0 ? "unknown" : model.Definition.Segments[segment].Id,
            Owner = profile.Owner,
            Industry = profile.Industry,
            Employees = profile.Employees,
            Seats = profile.Seats,
            Status = profile.Churned ? "churned" : "active",
            AsOf = Days.ToDate(block.Day),
            Position = block.Position,
            Model = model.Definition.Version,
            Rebuilding = block.IsRebuilding ? true : null,
            Entitlements = profile.Contract is null ? "assumed" : "contract",
            ProductsAvailable = available,
            ProductsAdopted = adopted,
            AdoptionRate = available == 0 ? null : Math.Round((double)adopted / available, 6),
            Stage = model.Definition.Stages[Pins.Of(block).ShownStage(block)].Id,
            StageSince = Days.ToDate(Entitlement.StageSince(block, profile)),
            PrimaryProduct = order.Count > 0 ? model.Definition.Products[order[0]].Id : null,
            SecondProduct = order.Count > 1 ? model.Definition.Products[order[1]].Id : null,
            TimeToSecondProductDays = order.Count > 1 ? dates[order[1]].First - dates[order[0]].First : null,
            LastActivityOn = Date(block.LastActivityDay == AccountBlock.NoDay ? null : block.LastActivityDay),
            Products = Products(block, dates, explain),
            Users = Users(block),
            StageOverride = Pins.View(block, OverrideKind.Stage),
            Alerts = AlertReading.Views(block),
            Health = HealthReading.View(block, explain),
        };
    }

    public static List<UserView> UserList(in AccountBlock block)
    {
        var users = new List<UserView>();
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (UserTable.IsEmpty(block, user) || UserTable.LastDay(block, user) < FirstActiveDay(block)) continue;
            var products = new List<string>();
            foreach (var product in block.Model.Products)
            {
                if (UserTable.LastDay(block, user, product.Index) >= FirstActiveDay(block)) products.Add(product.Definition.Id);
            }

            var super = products.Count >= block.Model.Definition.Users.SuperAdopterProducts;
            users.Add(new UserView(UserTable.Name(block, user), Days.ToDate(UserTable.LastDay(block, user)), products, super));
        }

        users.Sort((a, b) => string.CompareOrdinal(a.User, b.User));
        return users;
    }

    public static (AccountCard Card, AccountMark Mark) Row(in AccountBlock block)
    {
        var profile = Profile.Read(block);
        return (Card(block, profile), Mark(block, profile));
    }

    public static AccountMark Mark(in AccountBlock block) => Mark(block, Profile.Read(block));

    private static AccountCard Card(in AccountBlock block, Profile profile) => new()
    {
        Model = block.Model,
        Account = profile.Account,
        Name = profile.Name ?? profile.Account,
        Segment = block.Model.SegmentOf(profile.Segment, profile.Employees),
        Owner = profile.Owner,
        Churned = profile.Churned,
    };

    private static AccountMark Mark(in AccountBlock block, Profile profile)
    {
        var pinned = Pins.Of(block);
        return new AccountMark
        {
            Stage = pinned.ShownStage(block),
            StageSince = Days.ToDate(Entitlement.StageSince(block, profile)),
            Band = pinned.ShownBand(block),
            Rebuilding = block.IsRebuilding,
            Adopted = block.Adopted,
            Entitled = block.Entitled,
            Arr = profile.ArrOn(block.Day),
            Alerts = AlertReading.Tally(block),
            Position = block.Position,
        };
    }

    private static List<ProductView> Products(in AccountBlock block, AdoptionDates[] dates, bool explain)
    {
        var views = new List<ProductView>(dates.Length);
        foreach (var product in block.Model.Products)
        {
            var criteria = new List<CriterionView>(product.Criteria.Length);
            double depth = 0;
            foreach (var criterion in product.Criteria)
            {
                var view = Criterion(block, criterion, explain);
                criteria.Add(view);
                depth += Math.Clamp((double)(view.Value ?? 0) / (double)(view.AtLeast * product.Definition.DepthTarget), 0, 1);
            }

            var (first, since, lapsed) = dates[product.Index];
            views.Add(new ProductView
            {
                Product = product.Definition.Id,
                Entitled = (block.Entitled & product.Bit) != 0,
                Adopted = (block.Adopted & product.Bit) != 0,
                FirstAdoptedOn = Date(first),
                AdoptedOn = Date(since),
                LapsedOn = Date(lapsed),
                Depth = Math.Round(depth / criteria.Count, 6),
                Criteria = criteria,
            });
        }

        return views;
    }

    private static CriterionView Criterion(in AccountBlock block, CompiledCriterion criterion, bool explain)
    {
        var units = Adoption.ValueOn(block, criterion, block.Day);
        var met = units >= criterion.ThresholdUnits;
        var atLeast = criterion.Definition.AtLeast;
        decimal? value = units is { } known ? DecimalText.ToDecimal(known) : null;
        return new CriterionView
        {
            Metric = criterion.Metric.Definition.Id,
            Kind = criterion.Metric.Kind,
            Value = value,
            AtLeast = atLeast,
            WithinDays = criterion.Within,
            Met = met,
            Missing = explain && !met ? atLeast - (value ?? 0) : null,
            FallsBelowOn = met ? Date(Adoption.FailsOn(block, criterion)) : null,
        };
    }

    private static UsersView Users(in AccountBlock block)
    {
        var active = 0;
        var byProducts = new SortedDictionary<int, int>();
        for (var user = 0; user < UserTable.Slots(block); user++)
        {
            if (UserTable.IsEmpty(block, user) || UserTable.LastDay(block, user) < FirstActiveDay(block)) continue;
            active++;
            var products = 0;
            foreach (var product in block.Model.Products)
            {
                if (UserTable.LastDay(block, user, product.Index) >= FirstActiveDay(block)) products++;
            }

            if (products > 0) byProducts[products] = byProducts.GetValueOrDefault(products) + 1;
        }

        var threshold = block.Model.Definition.Users.SuperAdopterProducts;
        var super = byProducts.Where(pair => pair.Key >= threshold).Sum(pair => pair.Value);
        return new UsersView { Active = active, SuperAdopters = super, ByProducts = byProducts.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value) };
    }

    private static int FirstActiveDay(in AccountBlock block) => UserTable.FirstActiveDay(block);

    private static DateOnly? Date(int? day) => day is { } value ? Days.ToDate(value) : null;
}
