namespace RealtimeAdoption.Engine.Host;

/// <summary>The host cannot answer just now, though nothing is wrong with what it was asked: asked again a while later, it will. The message is one sentence for whoever has asked.</summary>
public sealed class HostUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
