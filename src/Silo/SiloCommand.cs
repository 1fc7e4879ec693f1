using System.CommandLine;
using System.CommandLine.Invocation;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Hosting.Settings;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Retrying;
using AdvSeg.Training.Native;
using Azure;
using StackExchange.Redis;

namespace AdvSeg.Silo;

/// <summary><c>advseg-silo</c>: one silo of a cluster in this process, until SIGTERM drains it.</summary>
internal static class SiloCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var command = new RootCommand(
            "Runs one silo of an AdvSeg cluster. SIGTERM drains it: no new leases, running attempts save a checkpoint and are released, then it "
                + "leaves; exit code 0. "
            + "Times and limits come from the environment (docs/operations.md). Exit codes: 0 drained, 1 failure, 2 usage, 65 bad input, 69 store "
            + "or membership unreachable.");
        foreach (Option option in SiloOptions.All())
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            KnownSettings.RefuseUnknown();
            await ServeAsync(SiloConfiguration.Apply(SiloOptions.Read(parsed)));
        });
        try
        {
            ParseResult parsed = command.Parse(args);
            if (parsed.Action is ParseErrorAction)
            {
                await Console.Error.WriteLineAsync(
                    $"advseg-silo: {string.Join(' ', UsageErrors(parsed))} Run 'advseg-silo --help' for what it takes.");
                return ExitCode.Usage;
            }

            // The host handles SIGTERM; the parser's own handling would end a drain after two seconds.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e)
        {
            (int exitCode, string message) = Describe(e);
            await Console.Error.WriteLineAsync($"advseg-silo: {message}");
            return exitCode;
        }
    }

    /// <summary>A word that is no option may be the end of one that a shell has cut in two, with a password in it.</summary>
    private static IEnumerable<string> UsageErrors(ParseResult parsed) => parsed.UnmatchedTokens.Count > 0
        ? parsed.UnmatchedTokens.Select(t => $"Unrecognized command or argument '{Redacted.Of(t)}'.")
        : parsed.Errors.Select(e => e.Message).Distinct();

    private static async Task<int> ServeAsync(SiloSettings settings)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        SiloLogging.Configure(builder.Logging, settings.Log, $"advseg-{Kebab.Of(settings.Role)}");
        if (settings.Blob is { } blob)
        {
            if (settings.Role is not SiloRole.Control)
            {
                NativeSetup.Apply(settings.Numerics);
            }

            IArtifactStore store = await new StoreAddress.Container(blob).OpenBareAsync(TimeProvider.System);
            if (settings.Cluster?.Membership is MembershipTable.InRedis redis)
            {
                await RedisServer.RequireAsync(redis);
            }

            builder.AddAdvSegSilo(settings, store, RetryPolicy.Brief);
        }
        else
        {
            builder.AddAdvSegSilo(settings);
        }

        using IHost host = builder.Build();
        CancellationToken stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await host.RunAsync();
        }
        catch (Exception e) when (stopping.IsCancellationRequested && e is OperationCanceledException or OrleansLifecycleCanceledException)
        {
            // The process was told to drain before it had started, so it has nothing to give back.
        }

        return ExitCode.Ok;
    }

    private static (int ExitCode, string Message) Describe(Exception exception) => exception switch
    {
        SpecException e => (ExitCode.BadInput, e.Message),
        ArtifactStoreException { IsTransient: true } e => (ExitCode.Unreachable, e.Message),
        ArtifactStoreException e => (ExitCode.Failure, e.Message),
        RequestFailedException e => (ExitCode.Unreachable, $"The membership tables do not answer: {e.Message.Split('\n')[0]} Correct --tables, or "
            + "give this identity the role Storage Table Data Contributor."),
        RedisUnreachableException e => (ExitCode.Unreachable, e.Message),
        RedisConnectionException => (ExitCode.Unreachable, "Redis does not answer; start it, or correct --redis (or ADVSEG_REDIS)."),
        { InnerException: { } inner } when exception is AggregateException or TypeInitializationException or OrleansException => Describe(inner),
        _ => (ExitCode.Failure, $"{exception.GetType().Name}: {exception.Message}"),
    };
}
