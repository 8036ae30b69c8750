using Microsoft.AspNetCore.Http;

namespace RealtimeAdoption.Web.Problems;

/// <summary>A problem as an endpoint's result.</summary>
public sealed class ProblemResult(int status, string code, string detail, IReadOnlyList<FieldError>? errors = null) : IResult
{
    public int Status => status;

    public Task ExecuteAsync(HttpContext httpContext) => Problem.WriteAsync(httpContext, status, code, detail, errors);
}
