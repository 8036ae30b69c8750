namespace RealtimeAdoption.Web.Doors;

/// <summary>Why an item or a body was refused, in one word for programs. On the wire for good: words are only added.</summary>
public static class RefusalCode
{
    public const string InvalidJson = "invalid_json";
    public const string NoAccount = "no_account";
    public const string NoMessageName = "no_message_name";
    public const string TimestampInvalid = "timestamp_invalid";
    public const string TimestampInFuture = "timestamp_in_future";
    public const string TooLarge = "too_large";
    public const string Conflict = "conflict";
    public const string UnknownType = "unknown_type";
    public const string ValueNotFinite = "value_not_finite";

    /// <summary>Of a whole request: 401.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>Of a whole request: 415.</summary>
    public const string UnsupportedMediaType = "unsupported_media_type";

    /// <summary>Of a profile: 400 with <c>errors</c>.</summary>
    public const string InvalidProfile = "invalid_profile";

    /// <summary>Of what a person does to an alert or a pin: 400 with <c>errors</c>.</summary>
    public const string InvalidAction = "invalid_action";

    /// <summary>Of a whole request, not a rejection: 503 with Retry-After.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>Of a whole request, not a rejection: 429 with Retry-After.</summary>
    public const string KeyOverloaded = "key_overloaded";

    /// <summary>As overloaded.</summary>
    public const string Unavailable = "unavailable";
}
