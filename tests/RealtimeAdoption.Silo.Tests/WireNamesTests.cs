using System.Reflection;

namespace RealtimeAdoption.Silo.Tests;

/// <summary>
/// What silos of two versions say to each other: names of grains, their methods and types, and the numbers of what those hold. A name or a number that is there stays as it is for ever, with its type; a change adds lines to wire-names.txt, and
/// takes none away.
/// </summary>
public sealed class WireNamesTests
{
    // Without what is generated of them.
    private static readonly Type[] Types = [.. typeof(SiloHouse).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("RealtimeAdoption", StringComparison.Ordinal) == true)];

    [Fact]
    public void Names_and_numbers_on_the_wire_are_those_that_are_written_down()
    {
        var known = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "wire-names.txt"));
        var grains = Types.Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain))).SelectMany(Grain);
        List<string> now = [.. grains.Concat(Types.Where(type => type.IsDefined(typeof(AliasAttribute)) && !type.IsInterface).SelectMany(Form))];
        var (gone, added) = (known.Except(now).ToList(), now.Except(known).ToList());
        Assert.True(gone.Count == 0, $"Silos of earlier versions say these still:\n{string.Join('\n', gone)}\nNow there are:\n{string.Join('\n', added)}");
        Assert.True(added.Count == 0, $"These are new, and to be added to wire-names.txt:\n{string.Join('\n', added)}");
    }

    [Fact]
    public void Everything_on_the_wire_has_a_name_of_its_own_and_not_that_of_its_class()
    {
        var unnamed = Types.Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain)))
            .SelectMany(type => type.GetMethods().Where(method => !method.IsDefined(typeof(AliasAttribute))).Select(method => $"{type.Name}.{method.Name}").Concat(type.IsDefined(typeof(AliasAttribute)) ? [] : [type.Name]))
            .Concat(Types.Where(type => type.IsDefined(typeof(GenerateSerializerAttribute)) && !type.IsDefined(typeof(AliasAttribute)) && !type.IsAssignableTo(typeof(Orleans.Runtime.PlacementStrategy))).Select(type => type.Name));
        Assert.Empty(unnamed);
    }

    private static IEnumerable<string> Grain(Type type) => type.GetMethods()
        .Select(method => $"{Name(type)}.{method.GetCustomAttribute<AliasAttribute>()?.Alias}({string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)))}): {Name(method.ReturnType)}");

    private static IEnumerable<string> Form(Type type) => type.GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(member => member.IsDefined(typeof(IdAttribute)))
        .Select(member => $"{Name(type)} {member.GetCustomAttribute<IdAttribute>()!.Id}: {Name(member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType)}")
        .Append(Name(type));

    private static string Name(Type type)
    {
        if (type.GetCustomAttribute<AliasAttribute>() is { } alias) return alias.Alias;
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        return type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
