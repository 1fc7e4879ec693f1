using System.Globalization;
using AdvSeg.Client.Api;
using AdvSeg.Client.Login;
using AdvSeg.Core.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AdvSeg.Client.Tests;

/// <summary>Renewing a sign-in at a provider that takes each refresh token once, as most do of public clients.</summary>
public sealed class StoredLoginTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AnsweringServer _server = null!;
    private int _given;
    private bool _isSilent;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private LoginFile File => new(_folder.Under("advseg/logins.json"));

    private ServerAddress Server => ServerAddress.Parse(_server.Address);

    public async ValueTask InitializeAsync()
    {
        _server = await AnsweringServer.StartAsync(app =>
        {
            app.MapPost("/token", RenewAsync);
            app.MapPost("/api/v1/login", () => AnsweringServer.Json(new MadeSession(
                $"session {_given}", new WhoAmI("ann", Role.Operator, [], "oidc") { Expires = TimeProvider.System.GetUtcNow().AddHours(1) })));
            app.MapGet("/api/v1/whoami", () => AnsweringServer.Json(new WhoAmI("ann", Role.Operator, [], "session")));
        });
        using LoginFile.Turn turn = await File.TakeTurnAsync(TimeProvider.System, Cancellation);
        turn.Keep(Server.Name, new KeptLogin("old", DateTimeOffset.UnixEpoch, "advseg-cli", new Uri($"{_server.Address}/token"), null, "0"));
    }

    [Fact]
    public async Task Commands_ThatRenewAtOnce_AskTheProviderOnceAndShareWhatItGives()
    {
        using var together = new Barrier(8);
        string[] tokens = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait(Cancellation);
                return new StoredLogin(Server, File, TimeProvider.System).TokenAsync(Cancellation);
            },
            Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        Assert.Equal("session 1", Assert.Single(tokens.Distinct()));
        Assert.Equal((1, "1"), (_given, File.Find(Server.Name)!.RefreshToken));
    }

    /// <summary>The kernel ends its turn; nothing of it is left that another waits for.</summary>
    [Fact]
    public async Task Command_KilledWhileItRenews_KeepsNoOtherFromIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "XDG_CONFIG_HOME is read elsewhere");
        _isSilent = true;
        using AdvSegProcess other = AdvSegProcess.Start(
            _folder.Path, new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = _folder.Path }, "whoami", "--server", _server.Address);
        await _asked.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        _isSilent = false;
        Task<string> waiting = new StoredLogin(Server, File, TimeProvider.System).TokenAsync(Cancellation);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, _given);
        other.Kill();

        Assert.Equal("session 1", await waiting.WaitAsync(TimeSpan.FromMinutes(1), Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<IResult> RenewAsync(HttpRequest request)
    {
        string token = (await request.ReadFormAsync(Cancellation))["refresh_token"].ToString();
        if (_isSilent)
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, request.HttpContext.RequestAborted);
        }

        int number = int.Parse(token, CultureInfo.InvariantCulture);
        return Interlocked.CompareExchange(ref _given, number + 1, number) == number
            ? Results.Json(new { id_token = "i", access_token = "a", refresh_token = $"{number + 1}" })
            : Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
    }
}
