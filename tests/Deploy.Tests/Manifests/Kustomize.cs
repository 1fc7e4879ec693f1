using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace AdvSeg.Deploy.Tests.Manifests;

/// <summary>What an install consists of: an overlay, and components on top of it.</summary>
public sealed record Install(string Overlay, params string[] Components)
{
    /// <summary>Every overlay bare and with everything that may be added.</summary>
    public static IReadOnlyList<Install> All { get; } =
    [
        .. from overlay in new[] { "local", "gpu", "azure" }
        from components in new string[][] { [], ["ingress", "monitoring", "keda", "tls"] }
        select new Install(overlay, components),
    ];

    public override string ToString() => Components.Length == 0 ? Overlay : $"{Overlay}+{string.Join('+', Components)}";
}

/// <summary>Renders as <c>kubectl apply -k</c> would send it.</summary>
internal static class Kustomize
{
    private static readonly ConcurrentDictionary<string, string> Rendered = new();

    public static string Root { get; } = Path.Combine(Checkout.Root, "deploy", "k8s");

    public static string Render(Install install) => Rendered.GetOrAdd(install.ToString(), _ => RenderNow(install));

    private static string RenderNow(Install install)
    {
        if (install.Components.Length == 0)
        {
            return Run(Path.Combine(Root, "overlays", install.Overlay));
        }

        // As the README tells it: a kustomization of one's own that names the overlay and the components.
        using var folder = new TempFolder();
        string Relative(params string[] parts) => Path.GetRelativePath(folder.Path, Path.Combine([Root, .. parts]));
        File.WriteAllText(folder.Under("kustomization.yaml"), $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            namespace: advseg
            resources: ["{Relative("overlays", install.Overlay)}"]
            components: [{string.Join(", ", install.Components.Select(c => $"\"{Relative("components", c)}\""))}]
            """);
        return Run(folder.Path);
    }

    private static string Run(string folder)
    {
        try
        {
            var start = new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Skip("kubectl is not here; install it to check the manifests.");
            throw;
        }
    }
}
