namespace RealtimeAdoption.Server.Models;

/// <summary>The server did not do what was asked; the message tells the person who asked.</summary>
/// <param name="message">One sentence, or one line for each error of the file.</param>
/// <param name="isOfFile">The file is wrong, not the server or the key.</param>
public sealed class ModelRefusedException(string message, bool isOfFile) : Exception(message)
{
    public bool IsOfFile => isOfFile;
}
