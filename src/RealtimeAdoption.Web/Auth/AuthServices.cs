using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace RealtimeAdoption.Web.Auth;

public static class AuthServices
{
    /// <summary>The keys and the reader gate. May be called more than once.</summary>
    public static IServiceCollection AddAccessKeys(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (services.Any(service => service.ServiceType == typeof(KeyRing))) return services;
        services.AddOptions<AuthOptions>().Bind(configuration.GetSection(AuthOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AuthOptions>, AuthOptionsCheck>());
        services.AddSingleton<KeyRing>();
        return services;
    }
}
