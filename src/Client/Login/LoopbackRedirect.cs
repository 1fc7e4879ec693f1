using System.Net;
using System.Net.Sockets;
using System.Text;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Login;

/// <summary>Where the provider sends the browser back to: a port of this machine that is open while the sign-in lasts (RFC 8252, 7.3).</summary>
internal sealed class LoopbackRedirect : IDisposable
{
    private const string Path = "/callback";
    private const int LongestRequest = 16 << 10;
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public LoopbackRedirect() => _listener.Start();

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{Path}";

    /// <summary>Waits for the browser with the answer to this question; whatever else asks at the port is refused.</summary>
    /// <param name="state">Of the question.</param>
    /// <param name="provider">Which was asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The code.</returns>
    /// <exception cref="CommandException">The provider refused, or another one answers.</exception>
    public async Task<string> WaitAsync(string state, Provider provider, CancellationToken cancellationToken)
    {
        while (true)
        {
            using TcpClient browser = await _listener.AcceptTcpClientAsync(cancellationToken);
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(RequestLimit);
            try
            {
                await using NetworkStream stream = browser.GetStream();
                Dictionary<string, string>? answer = AnswerOf(await ReadAsync(stream, limited.Token), state);
                string text = answer is null ? "This is no answer to 'advseg login'."
                    : answer.ContainsKey("code") ? "You are signed in. This page can be closed."
                    : "Signing in did not succeed. This page can be closed.";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 {(answer is null ? "404 Not Found" : "200 OK")}\r\nContent-Type: text/plain\r\nContent-Length: {text.Length}\r\n"
                        + $"Cache-Control: no-store\r\nConnection: close\r\n\r\n{text}"), limited.Token);
                if (answer is not null)
                {
                    RequireFrom(provider, answer.GetValueOrDefault("iss"));
                    return answer.GetValueOrDefault("code") ?? throw new CommandException(ExitCode.Failure,
                        $"The provider refused: {answer.GetValueOrDefault("error_description") ?? answer.GetValueOrDefault("error")}.");
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // The caller closed the connection, or sent nothing in time.
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Refuses a code that another provider gave, before the provider that was asked learns of it (RFC 9207).</summary>
    private static void RequireFrom(Provider provider, string? issuer)
    {
        if (issuer is null ? provider.NamesItself : issuer != provider.Issuer)
        {
            throw new CommandException(ExitCode.Failure,
                $"'{Redacted.Of(provider.Issuer)}' was asked, and '{Redacted.Of(issuer ?? "nobody by name")}' has answered: the server does not name "
                    + "its provider as it should. Nothing was sent there.");
        }
    }

    /// <summary>The head of the request.</summary>
    private static async Task<string> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[LongestRequest];
        int length = 0;
        string head = "";
        while (!head.Contains("\r\n\r\n", StringComparison.Ordinal) && length < buffer.Length)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
            head = Encoding.ASCII.GetString(buffer, 0, length);
        }

        return head;
    }

    /// <returns>Null for what is no answer to this question.</returns>
    private static Dictionary<string, string>? AnswerOf(string head, string state)
    {
        if (head.Split(' ') is not ["GET", var target, ..] || !target.StartsWith($"{Path}?", StringComparison.Ordinal))
        {
            return null;
        }

        Dictionary<string, string> parts = [];
        foreach (string part in target[(Path.Length + 1)..].Split('&'))
        {
            string[] pair = part.Split('=', 2);
            parts[pair[0]] = Uri.UnescapeDataString(pair[^1].Replace('+', ' '));
        }

        return parts.GetValueOrDefault("state") == state ? parts : null;
    }
}
