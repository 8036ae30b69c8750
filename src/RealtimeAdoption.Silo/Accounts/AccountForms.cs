using RealtimeAdoption.Engine.Cluster;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>A call or an answer between silos: the binary form that the Engine gives it. The names of its types are on the wire, too.</summary>
[GenerateSerializer]
[Alias("RealtimeAdoption.AccountForm")]
public struct AccountForm
{
    [Id(0)]
    public byte[] Bytes { get; set; }
}

/// <summary>How a call becomes its form, and the form a call.</summary>
[RegisterConverter]
public sealed class AccountCallConverter : IConverter<AccountCall, AccountForm>
{
    public AccountCall ConvertFromSurrogate(in AccountForm surrogate) => AccountCall.Of(surrogate.Bytes) with { IsFromElsewhere = true };

    public AccountForm ConvertToSurrogate(in AccountCall value) => new() { Bytes = value.ToBytes() };
}

/// <summary>How an answer becomes its form, and the form an answer.</summary>
[RegisterConverter]
public sealed class AccountReplyConverter : IConverter<AccountReply, AccountForm>
{
    public AccountReply ConvertFromSurrogate(in AccountForm surrogate) => AccountReply.Of(surrogate.Bytes);

    public AccountForm ConvertToSurrogate(in AccountReply value) => new() { Bytes = value.ToBytes() };
}
