using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Login;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Client.Commands;

/// <summary><c>login</c> and <c>logout</c>: a person at the server's OpenID Connect provider.</summary>
internal static class LoginCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly Option<bool> Device = new("--device")
    {
        Description = "Show a code to type in at the provider, on any other device: for machines without a browser.",
    };

    private static readonly Option<bool> NoBrowser = new("--no-browser")
    {
        Description = "Only print the address to open, in a browser of this machine.",
    };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "login",
            "Sign in at the provider that a server names. What it gives is kept in a file that only you read, is renewed by itself, and is used by "
            + "every command that asks this server, unless a token is given.") { Shared.Server, Device, NoBrowser };
        command.SetAction(SignInAsync);
        return (command, """
            advseg login --server https://advseg.example
            advseg login --device    on a machine without a browser
            """);
    }

    public static (Command Command, string Examples) End()
    {
        var command = new Command("logout", "End your sign-in at a server, there and at its provider, and forget it.") { Shared.Server };
        command.SetAction(SignOutAsync);
        return (command, "advseg logout --server https://advseg.example");
    }

    private static async Task<int> SignInAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ServerAddress server = AddressOf(parsed);
        using var api = new ApiClient(server);
        LoginOffer offer = await api.GetLoginAsync(cancellationToken);
        using HttpClient http = ApiConnection.OpenProvider();
        string salt = Pkce.Random(32);
        Provider provider = await Provider.FindAsync(http, offer, LoginNonce.Of(server.Place, salt), cancellationToken);
        GivenTokens given = parsed.GetValue(Device)
            ? await ByCodeAsync(provider, cancellationToken)
            : await ByBrowserAsync(provider, !parsed.GetValue(NoBrowser), cancellationToken);
        var login = new KeptLogin(
            "", DateTimeOffset.UnixEpoch, provider.ClientId, provider.TokenAddress, provider.RevocationAddress, given.RefreshToken);
        KeptLogin kept = await StoredLogin.BeginAsync(server, given, salt, login, cancellationToken);
        using (LoginFile.Turn turn = await LoginFile.OfUser().TakeTurnAsync(TimeProvider.System, cancellationToken))
        {
            turn.Keep(server.Name, kept);
        }

        using var signed = new ApiClient(server with { Login = StoredLogin.Find(server) });
        WhoAmI who = await signed.GetWhoAmIAsync(cancellationToken);
        Terminal.Current.Say($"Signed in at {server.Name} as {who.Name}, {Kebab.Of(who.Role)}.");
        return ExitCode.Ok;
    }

    private static async Task<GivenTokens> ByBrowserAsync(Provider provider, bool isOpened, CancellationToken cancellationToken)
    {
        using var redirect = new LoopbackRedirect();
        (Pkce pkce, string state) = (Pkce.Draw(), Pkce.Random(16));
        string address = provider.SignInAddress(pkce, state, redirect.Address);
        Terminal.Current.Say($"Sign in with a browser on this machine: {address}");
        if (isOpened)
        {
            Open(address);
        }

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Patience);
        try
        {
            string code = await redirect.WaitAsync(state, provider, limited.Token);
            return await provider.RedeemAsync(code, pkce, redirect.Address, cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                ExitCode.Failure, $"Nobody signed in within {Patience.TotalMinutes:0} minutes; run it again, or 'advseg login --device'.", e);
        }
    }

    private static async Task<GivenTokens> ByCodeAsync(Provider provider, CancellationToken cancellationToken)
    {
        DeviceCode device = await provider.BeginDeviceAsync(cancellationToken);
        Terminal.Current.Say($"Open {device.Address} on any device and type in {device.UserCode}"
            + (device.WholeAddress is { } whole ? $", or open {whole}" : ""));
        return await provider.EndDeviceAsync(device, TimeProvider.System, cancellationToken);
    }

    private static async Task<int> SignOutAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ServerAddress server = AddressOf(parsed);
        LoginFile file = LoginFile.OfUser();
        KeptLogin kept;
        using (LoginFile.Turn turn = await file.TakeTurnAsync(TimeProvider.System, cancellationToken))
        {
            kept = file.Find(server.Name)
                ?? throw new CommandException(ExitCode.Failure, $"You are not signed in at {server.Name}; name the server with --server.");

            // The sign-in is forgotten even if server or provider cannot be told: it expires there by itself.
            turn.Keep(server.Name, null);
        }

        if (kept is { RefreshToken: not null, RevocationAddress: not null })
        {
            using HttpClient http = ApiConnection.OpenProvider();
            await Provider.RevokeAsync(http, kept, cancellationToken);
        }

        if (TimeProvider.System.GetUtcNow() < kept.Expires)
        {
            using var api = new ApiClient(server.With(kept.Session, isInClear: true));
            await api.EndLoginAsync(cancellationToken);
        }

        Terminal.Current.Say($"Signed out at {server.Name}.");
        return ExitCode.Ok;
    }

    /// <exception cref="CommandException">What is sent there would go in clear.</exception>
    private static ServerAddress AddressOf(ParseResult parsed)
    {
        ServerAddress server = ServerAddress.Parse(Shared.ServerOf(parsed));
        server.RequireHidden(Shared.IsInClear(parsed));
        return server with { Authority = Shared.AuthorityOf(parsed) };
    }

    /// <summary>Where there is no browser, the address that is printed has to do.</summary>
    private static void Open(string address)
    {
        try
        {
            string opener = OperatingSystem.IsMacOS() ? "open" : "xdg-open";
            ProcessStartInfo start = OperatingSystem.IsWindows()
                ? new(address) { UseShellExecute = true }
                : new(opener, [address]) { RedirectStandardError = true, RedirectStandardOutput = true };
            Process.Start(start)?.Dispose();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            // Said already.
        }
    }
}
