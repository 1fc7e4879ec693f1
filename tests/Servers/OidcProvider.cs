namespace AdvSeg.Servers;

/// <summary>A real OpenID Connect provider, node-oidc-provider, at which any user signs in with any password.</summary>
public sealed class OidcProvider : IAsyncDisposable
{
    public const string ClientId = "advseg";
    /// <summary>Of programs, which keep no secret.</summary>
    public const string CliClientId = "advseg-cli";

    public const string ClientSecret = "a-secret-of-the-test";
    private const string Version = "9.13.3";
    private readonly int _port = FreePort.Next();
    private LoggedProcess? _process;

    public string Address => $"http://127.0.0.1:{_port}";

    /// <param name="redirects">Addresses to which it sends browsers back.</param>
    /// <exception cref="MissingPartException">It cannot be installed or run.</exception>
    public async Task StartAsync(params string[] redirects)
    {
        string modules = await NpmPackage.FindAsync("oidc-provider", Version);
        string library = Path.Combine(modules, "oidc-provider", "lib", "index.js");
        _process = LoggedProcess.Start("node", [SourceFile.Of("tests/Servers/oidc-provider.mjs"), library, $"{_port}", .. redirects]);
        await _process.LineAsync(line => line == "listening", TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
