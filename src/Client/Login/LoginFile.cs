using System.Text.Json;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Client.Login;

/// <summary>The user's sign-ins, by the server's address, in a file that nobody else reads.</summary>
internal sealed class LoginFile(string path)
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <summary>How long another program's turn is waited for. A renewal makes two requests, and each of them times out sooner.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Below the user's folder for settings (XDG_CONFIG_HOME, else ~/.config).</summary>
    public static LoginFile OfUser() => new(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "advseg", "logins.json"));

    /// <returns>Null when the user has not signed in there.</returns>
    /// <exception cref="CommandException">The file cannot be read, or others can.</exception>
    public KeptLogin? Find(string server) => Read().GetValueOrDefault(server);

    /// <summary>
    /// Waits until no other program changes the file or renews one of its sign-ins: the provider takes a refresh token only once. When a program
    /// dies, the kernel ends its turn.
    /// </summary>
    /// <exception cref="CommandException">The turn cannot be taken, or another program does not end its own.</exception>
    public async Task<Turn> TakeTurnAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(Directory.GetParent(path)!.FullName);
                return new Turn(this, new FileStream($"{path}.lock", OptionsFor(FileMode.OpenOrCreate)));
            }
            catch (IOException e) when (IsHeld(e) && clock.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(Between, clock, cancellationToken);
            }
            catch (IOException e) when (IsHeld(e))
            {
                throw new CommandException(ExitCode.Failure,
                    $"Another program has held {path}.lock for {Patience.TotalMinutes:0} minutes; end that 'advseg', and try again.", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.Failure, $"{path}.lock cannot be taken, so that no sign-in can be kept: {e.Message}", e);
            }
        }
    }

    /// <summary>EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private void Keep(string server, KeptLogin? login)
    {
        Dictionary<string, KeptLogin> all = Read();
        all.Remove(server);
        if (login is not null)
        {
            all[server] = login;
        }

        try
        {
            string written = $"{path}.{Environment.ProcessId}";
            Directory.CreateDirectory(Directory.GetParent(path)!.FullName);
            File.Delete(written);
            Write(written, FileMode.CreateNew, CanonicalJson.Write(all));
            if (!File.Exists(path))
            {
                Write(path, FileMode.OpenOrCreate, []);
            }

            // A program that reads meanwhile gets the whole old file or the whole new one.
            File.Replace(written, path, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failure, $"The sign-in cannot be kept in {path}: {e.Message}", e);
        }
    }

    private static void Write(string file, FileMode mode, ReadOnlySpan<byte> data)
    {
        using var stream = new FileStream(file, OptionsFor(mode));
        stream.Write(data);
    }

    private static FileStreamOptions OptionsFor(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Own;
        }

        return options;
    }

    private Dictionary<string, KeptLogin> Read()
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length == 0)
            {
                return [];
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Own) != 0)
            {
                throw new CommandException(
                    ExitCode.Failure, $"Others may read or write {path}, which has your sign-ins; 'chmod 600' it, or delete it.");
            }

            return CanonicalJson.Read<Dictionary<string, KeptLogin>>(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or SpecException)
        {
            throw new CommandException(
                ExitCode.Failure, $"{path}, which has your sign-ins, cannot be read ({e.Message}); delete it and sign in again.", e);
        }
    }

    /// <summary>While it is held no other program changes the file.</summary>
    internal sealed class Turn(LoginFile file, FileStream held) : IDisposable
    {
        /// <param name="server">Its address.</param>
        /// <param name="login">Null forgets it.</param>
        /// <exception cref="CommandException">The file cannot be read or written.</exception>
        public void Keep(string server, KeptLogin? login) => file.Keep(server, login);

        public void Dispose() => held.Dispose();
    }
}
