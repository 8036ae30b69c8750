using Npgsql;
using NpgsqlTypes;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>Positional parameters: values, and columns of many rows as arrays.</summary>
internal static class Parameters
{
    public static NpgsqlParameter Of<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    public static NpgsqlParameter All<T>(IEnumerable<T> values) => new NpgsqlParameter<T[]> { TypedValue = [.. values] };

    public static NpgsqlParameter Bytes(IEnumerable<ReadOnlyMemory<byte>> values) =>
        new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
}
