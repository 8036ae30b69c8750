using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>Activations of accounts, somewhere, and what is on its way between them and the owners of partitions: in any order, as bytes.</summary>
internal sealed class SimulatedActors(ClusterWeather weather, Dice dice, Func<ulong, CompiledModel> modelOf, PlantedFault planted)
{
    private const int OldMax = 3;
    private readonly Dictionary<string, List<RemoteAccount>> activations = new(StringComparer.Ordinal);
    private readonly List<Message> flying = [];

    // Call: null, it is an answer.
    private sealed record Message(SimulatedOwner Owner, long Number, byte[]? Call, byte[]? Answer);

    /// <summary>Something is on its way.</summary>
    public bool IsBusy => flying.Count > 0;

    /// <summary>Calls that reached an actor.</summary>
    public int Delivered { get; private set; }

    public void Send(SimulatedOwner owner, AccountCall call) => flying.Add(new Message(owner, call.Number, call.ToBytes(), null));

    /// <summary>One of the messages arrives, or does not.</summary>
    public void Step()
    {
        if (flying.Count == 0) return;
        var at = dice.Between(0, flying.Count - 1);
        var message = flying[at];
        if (message.Call is { } call) Carry(at, message, call);
        else Bring(at, message, message.Answer!);
    }

    private void Carry(int at, Message message, byte[] call)
    {
        if (weather.Fires(ClusterFault.CallLost))
        {
            flying.RemoveAt(at);
            message.Owner.CallFailed(message.Number);
            return;
        }

        if (weather.Fires(ClusterFault.CallLate))
        {
            message.Owner.CallFailed(message.Number);
            return;
        }

        if (!weather.Fires(ClusterFault.CalledTwice)) flying.RemoveAt(at);
        Delivered++;
        var asked = AccountCall.Of(call);
        var answer = ActorOf(asked.Account).Take(asked);
        flying.Add(new Message(message.Owner, message.Number, null, answer.ToBytes()));
    }

    private void Bring(int at, Message message, byte[] answer)
    {
        if (weather.Fires(ClusterFault.AnswerLate))
        {
            message.Owner.CallFailed(message.Number);
            return;
        }

        flying.RemoveAt(at);
        if (weather.Fires(ClusterFault.AnswerLost)) message.Owner.CallFailed(message.Number);
        else message.Owner.Answered(AccountReply.Of(answer));
    }

    private RemoteAccount ActorOf(string account)
    {
        if (!activations.TryGetValue(account, out var all)) activations[account] = all = [New()];
        if (weather.Fires(ClusterFault.ActivationLost))
        {
            all.Add(New());
            if (all.Count > OldMax) all.RemoveAt(0);
        }

        return all.Count > 1 && weather.Fires(ClusterFault.ActivationOld) ? dice.OneOf(all) : all[^1];
    }

    private RemoteAccount New() => new(modelOf) { Planted = planted };
}
