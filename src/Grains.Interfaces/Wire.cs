using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.TypeSystem;

namespace AdvSeg.Grains.Interfaces;

/// <summary>How records cross grains.</summary>
public static class Wire
{
    /// <summary>
    /// Core's records, and the plain records of this assembly, cross as canonical JSON: one form on the wire, in the store and under the
    /// hash. The assemblies must be allowed as well, or a derived record (<see cref="RunOutcome.Completed"/>) is refused at run time.
    /// </summary>
    public static IServiceCollection AddCoreRecords(this IServiceCollection services)
    {
        // Must come before JSON's own copier, which would copy these records too.
        services.AddSingleton<IGeneralizedCopier, ImmutableRecords>();
        services.AddSerializer(serializer => serializer.AddJsonSerializer(IsPlainRecord, MessageJson.Options));
        services.Configure<TypeManifestOptions>(manifest =>
        {
            manifest.AddAllowedAssembly(typeof(RunSpec).Assembly);
            manifest.AddAllowedAssembly(typeof(Wire).Assembly);
        });

        var names = new WireTypeNames();
        services.AddSingleton<ITypeConverter>(names);
        services.AddSingleton<ITypeNameFilter>(names);
        services.AddSingleton<TypeResolver>(names);

        // Without this a caller in another process sees some other exception and cannot tell bad input from a fault.
        services.Configure<ExceptionSerializationOptions>(options => options.SupportedNamespacePrefixes.Add("AdvSeg"));
        return services;
    }

    private static bool IsPlainRecord(Type type) =>
        !typeof(Exception).IsAssignableFrom(type)
        && (type.Assembly == typeof(RunSpec).Assembly
            || (type.Assembly == typeof(Wire).Assembly && !type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !type.IsInterface));
}
