using Microsoft.AspNetCore.Http;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// Lets pages of any origin send usage: the browser's SDK runs on the vendor's own pages. Without credentials (cookies) and for Segment's doors only; who may write
/// is the write key's matter.
/// </summary>
internal static class Cors
{
    public static void AllowAnswer(HttpContext context)
    {
        if (context.Request.Headers.Origin.Count > 0) context.Response.Headers.AccessControlAllowOrigin = "*";
    }

    public static Task AnswerPreflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "POST";
        headers.AccessControlAllowHeaders = "Content-Type, Authorization, Content-Encoding";
        headers.AccessControlMaxAge = "7200";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
