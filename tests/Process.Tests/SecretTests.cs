using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>A secret in each setting that may hold one, and what the programs then write: one line, and not the secret.</summary>
[Trait("Category", "Process")]
public sealed class SecretTests
{
    private const string Secret = "PLANTED";

    /// <summary>The second is the first as an account's key, which is base64.</summary>
    private static readonly string[] Secrets = [Secret, "UExBTlRFRA"];

    private const string Store =
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=UExBTlRFRA==;BlobEndpoint=http://127.0.0.1:9/a";
    private const string Signed = $"BlobEndpoint=http://127.0.0.1:9/a;SharedAccessSignature=sv=1&sp=rwdl&sig={Secret}";

    public static TheoryData<string, string, string, int> Settings => new()
    {
        { "advseg-silo", Signed, "127.0.0.1:9", 69 },
        { "advseg-silo", $"http://127.0.0.1:9/a?sv=1&sig={Secret}", "127.0.0.1:9", 69 },
        { "advseg-silo", $"http://ann:{Secret}@127.0.0.1:9/a", "127.0.0.1:9", 65 },
        { "advseg-silo", $"AccountName=a;AccountKey={Secret}", "127.0.0.1:9", 65 },
        { "advseg-silo", $"sig={Secret}", "127.0.0.1:9", 65 },
        { "advseg-silo", Store, $"127.0.0.1:9,password={Secret}", 69 },
        { "advseg-silo", Store, $"127.0.0.1:9,password={Secret},foo=1", 65 },
        { "advseg-silo", Store, $"127.0.0.1:9,password=a,{Secret}", 65 },
        { "advseg-silo", Store, $"redis://:{Secret}@127.0.0.1:9", 69 },
        { "advseg-silo", Store, $"http://:{Secret}@127.0.0.1:9", 65 },
        { "AdvSeg.Dashboard", Signed, "127.0.0.1:9", 69 },
        { "AdvSeg.Dashboard", $"http://ann:{Secret}@127.0.0.1:9/a", "127.0.0.1:9", 65 },
        { "AdvSeg.Dashboard", "", $"127.0.0.1:9,password={Secret},foo=1", 65 },
        { "AdvSeg.Dashboard", "", $"http://:{Secret}@127.0.0.1:9", 65 },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Program_ThatCannotStart_SaysSoInOneLineWithoutTheSecret(string program, string blob, string redis, int exitCode)
    {
        using var folder = new TempFolder();
        await using LoggedProcess process = Start(program, folder, blob, redis);

        Assert.Equal(exitCode, await process.EndAsync(Wait.Step));

        string[] lines = [.. process.Lines.Where(l => !l.Contains(" info: ", StringComparison.Ordinal))];
        Assert.StartsWith(program == "advseg-silo" ? "advseg-silo: " : "advseg-dashboard: ", Assert.Single(lines));
        Assert.DoesNotContain(process.Lines, l => Secrets.Any(secret => l.Contains(secret, StringComparison.Ordinal)));
    }

    /// <summary>The same from files: both programs read them, and say what is wrong with one without what it holds.</summary>
    [Theory]
    [InlineData("advseg-silo", Signed, "127.0.0.1:9", $"{Secret}\n", 69, "127.0.0.1:9")]
    [InlineData("advseg-silo", Store, "127.0.0.1:9,foo=1", Secret, 65, "has a part 2 that is no option")]
    [InlineData("advseg-silo", Store, "", Secret, 65, "ADVSEG_REDIS_FILE names")]
    [InlineData("advseg-silo", Store, $"redis://:{Secret}@127.0.0.1:9", Secret, 65, "given twice")]
    [InlineData("AdvSeg.Dashboard", Signed, "127.0.0.1:9", Secret, 69, "127.0.0.1:9")]
    [InlineData("AdvSeg.Dashboard", "", "127.0.0.1:9", Secret, 65, "ADVSEG_BLOB_FILE names")]
    public async Task Secret_InAFile_IsReadAndNotShown(string program, string blob, string redis, string password, int exitCode, string said)
    {
        using var folder = new TempFolder();
        Dictionary<string, string> environment = new() { ["ADVSEG_ROLE"] = "control", ["ADVSEG_PORT"] = "0" };
        foreach ((string name, string value) in new[] { ("BLOB", blob), ("REDIS", redis), ("REDIS_PASSWORD", password) })
        {
            environment[$"ADVSEG_{name}_FILE"] = folder.Under(name);
            await File.WriteAllTextAsync(folder.Under(name), value, TestContext.Current.CancellationToken);
        }

        await using LoggedProcess process =
            LoggedProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{program}.dll")], environment);

        Assert.Equal(exitCode, await process.EndAsync(Wait.Step));
        string line = Assert.Single(process.Lines, l => !l.Contains(" info: ", StringComparison.Ordinal));
        Assert.Contains(said, line, StringComparison.Ordinal);
        Assert.DoesNotContain(process.Lines, l => Secrets.Any(secret => l.Contains(secret, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--role", "control", "--redis", "127.0.0.1:9", $"password={Secret}")]
    [InlineData("--role", "control", $"https://ann:{Secret}@lab.example")]
    [InlineData("--role", "control", $"redis://:{Secret}==@127.0.0.1:9")]
    public async Task Silo_AskedForHelpOrCalledWrongly_ShowsNoSecret(params string[] words)
    {
        using var folder = new TempFolder();
        await using LoggedProcess process = Start("advseg-silo", folder, Signed, $"redis://:{Secret}@127.0.0.1:9", words);

        await process.EndAsync(Wait.Step);

        Assert.NotEmpty(process.Lines);
        Assert.DoesNotContain(process.Lines, l => Secrets.Any(secret => l.Contains(secret, StringComparison.Ordinal)));
    }

    private static LoggedProcess Start(string program, TempFolder folder, string blob, string redis, params string[] words)
    {
        Dictionary<string, string> environment = new()
        {
            ["ADVSEG_ROLE"] = "control",
            ["ADVSEG_BLOB"] = blob,
            ["ADVSEG_DATA"] = blob.Length == 0 ? folder.Path : "",
            ["ADVSEG_REDIS"] = redis,
            ["ADVSEG_PORT"] = "0",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = $"authorization={Secret}",
            ["HTTPS_PROXY"] = $"http://ann:{Secret}@127.0.0.1:9",
            ["AZURE_CLIENT_SECRET"] = Secret,
        };
        return LoggedProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. words], environment);
    }
}
