namespace RealtimeAdoption.Engine.Partitions;

/// <summary>What becomes of a record that a door has appended without judging it.</summary>
internal enum Judgement : byte
{
    /// <summary>It takes effect as its bytes say.</summary>
    AsItIs,

    /// <summary>Too old to take effect at once: it marks its account for rebuild.</summary>
    Historic,

    /// <summary>Its id is known: no effect.</summary>
    Void,
}
