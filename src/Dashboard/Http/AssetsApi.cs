using System.Collections.Frozen;
using System.Diagnostics;
using System.Reflection;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Http;

/// <summary><c>/assets</c>: the pages' style, script and icon, from this assembly, so that they are there in whatever process hosts it.</summary>
internal static class AssetsApi
{
    private const string Prefix = "Assets/";
    private static readonly FrozenDictionary<string, Asset> All = Load();

    public static void Map(WebApplication app) => app.MapGet("/assets/{name}", Get).Needs(Right.Open).ExcludeFromDescription();

    /// <summary>The address of an asset; it changes with the content, so browsers may keep what they have.</summary>
    public static string Url(string name) => $"/assets/{name}?v={All[name].Version}";

    private static IResult Get(string name, string? v, HttpContext context)
    {
        if (!All.TryGetValue(name, out Asset? asset))
        {
            throw new NotFoundException($"There is no asset '{name}'.");
        }

        context.Response.Headers.CacheControl = v == asset.Version ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Data, asset.ContentType, entityTag: new($"\"{asset.Version}\""));
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        Assembly assembly = typeof(AssetsApi).Assembly;
        return assembly.GetManifestResourceNames().Where(
            n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(n => n[Prefix.Length..], n =>
        {
            using Stream stream = assembly.GetManifestResourceStream(n)!;
            using var data = new MemoryStream();
            stream.CopyTo(data);
            return new Asset(data.ToArray(), Digest.Of(data.ToArray())[..12], ContentTypeOf(n));
        });
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new UnreachableException($"no content type is known for assets ending with {other}"),
    };

    private sealed record Asset(byte[] Data, string Version, string ContentType);
}
