using Microsoft.Extensions.Options;

namespace RealtimeAdoption.Web.Auth;

/// <summary>Who may write and who may read. Section <c>Auth</c> of the configuration; read once, at the start.</summary>
public sealed class AuthOptions
{
    public const string Section = "Auth";

    /// <summary>Keys that may send. 4 to 256 characters each; default none, and then nobody may.</summary>
    public IList<string> WriteKeys { get; init; } = [];

    /// <summary>Keys that may read, watch the board, and act on what it shows: alerts and pins. 4 to 256 characters each; default none.</summary>
    public IList<string> ReadKeys { get; init; } = [];

    /// <summary>Keys that may change the model, and whatever a read key may. 4 to 256 characters each; default none.</summary>
    public IList<string> AdminKeys { get; init; } = [];

    /// <summary>Lets everything but the sending of usage and profiles through without a key, from this machine only (see <see cref="ReaderGate"/>). Default false.</summary>
    public bool Anonymous { get; set; }
}

/// <summary>Names every wrong key at once, by its place: a key itself never reaches a message.</summary>
public sealed class AuthOptionsCheck : IValidateOptions<AuthOptions>
{
    private const int KeyLengthMin = 4;
    private const int KeyLengthMax = 256;

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        Check(errors, nameof(options.WriteKeys), options.WriteKeys);
        Check(errors, nameof(options.ReadKeys), options.ReadKeys);
        foreach (var shared in options.WriteKeys.Select((key, place) => (key, place)).Where(write => options.ReadKeys.Contains(write.key)))
            errors.Add($"Auth:WriteKeys:{shared.place} is a read key too; write keys are public in browsers, so give reads a key of their own.");
        Check(errors, nameof(options.AdminKeys), options.AdminKeys);
        foreach (var shared in options.AdminKeys.Select((key, place) => (key, place)).Where(admin => options.WriteKeys.Contains(admin.key) || options.ReadKeys.Contains(admin.key)))
            errors.Add($"Auth:AdminKeys:{shared.place} is a {(options.WriteKeys.Contains(shared.key) ? "write" : "read")} key too; who may change the model needs a key of their own.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(List<string> errors, string list, IList<string> keys)
    {
        for (var place = 0; place < keys.Count; place++)
        {
            var key = keys[place];
            if (key is null || key.Length is < KeyLengthMin or > KeyLengthMax)
                errors.Add($"Auth:{list}:{place} has {key?.Length ?? 0} characters; a key has {KeyLengthMin} to {KeyLengthMax}.");
            else if (key.Any(c => c is <= ' ' or > '~' or ':'))
                errors.Add($"Auth:{list}:{place} holds a character that HTTP Basic cannot carry; use visible ASCII but the colon.");
            else if (keys.IndexOf(key) < place)
                errors.Add($"Auth:{list}:{place} repeats Auth:{list}:{keys.IndexOf(key)}.");
        }
    }
}
