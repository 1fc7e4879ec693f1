using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Client.Commands;

/// <summary><c>token</c> and <c>whoami</c>: who may do what on a server that others reach.</summary>
internal static class TokenCommand
{
    private static readonly Argument<string> User = new("USER") { Description = "Whose it is: the owner of what they submit." };

    private static readonly Argument<string> Id = new("ID") { Description = "Id of the token, as 'token ls' prints it; never the token itself." };

    private static readonly Option<string> RoleOption = new("--role")
    {
        Description = "What it may do: viewer reads, operator submits and steers what is theirs, admin does everything.",
        HelpName = "viewer|operator|admin",
        DefaultValueFactory = _ => Kebab.Of(Role.Operator),
    };

    private static readonly Option<string[]> Teams = new("--team")
    {
        Description = "A team of the user, whose sweeps they may submit and steer, which ADVSEG_TEAMS of the server lists; as often as needed.",
        HelpName = "TEAM",
    };

    private static readonly Option<int> Days = Shared.Ranged<int>("--days", "N", "How long it is good for (default: 90).", 1, Credentials.MostDays);

    private static readonly Option<string> Purpose = new("--purpose")
    {
        Description = "What it is for, for whoever looks at the list.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "",
    };

    public static (Command Command, string Examples) Create()
    {
        RoleOption.AcceptOnlyFromAmong([.. Enum.GetValues<Role>().Select(Kebab.Of)]);
        Days.DefaultValueFactory = _ => 90;
        var create = new Command(
            "create",
            "Make a token and print it, this once. With --data or --blob it is made in that store, which takes no token: the first one of an admin. "
            + "A data folder must not be in use for that.")
        {
            User, RoleOption, Teams, Days, Purpose, Shared.Server, Shared.Data, StorePlace.Blob, StorePlace.Container,
        };
        create.SetAction(CreateAsync);
        var list = new Command("ls", "List the tokens of a server, without their secrets.") { Shared.Server, Shared.Output };
        list.SetAction(ListAsync);
        var revoke = new Command("revoke", "Revoke a token: it and the sessions begun with it are refused, on every server within 10 s.")
            { Id, Shared.Server };
        revoke.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            await api.RevokeTokenAsync(IdOf(parsed), cancellationToken);
            return ExitCode.Ok;
        });
        var command = new Command("token", "Make, list and revoke the tokens with which users and programs show who they are.")
            { create, list, revoke };
        return (command, """
            advseg token create root --role admin --data advseg-data > admin.token
            advseg token create ann --team heart --days 30 --purpose "Ann's notebook"
            advseg token ls
            """);
    }

    public static (Command Command, string Examples) WhoAmI()
    {
        var command = new Command("whoami", "Say who you are to a server: name, role and teams, and what you use of which quota.")
            { Shared.Server, Shared.Output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            WhoAmI who = await api.GetWhoAmIAsync(cancellationToken);
            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(who);
                return ExitCode.Ok;
            }

            Tables.Write(
                ["NAME", "ROLE", "TEAMS", "BY", "EXPIRES"],
                [[who.Name, Kebab.Of(who.Role), string.Join(',', who.Teams), who.By, who.Expires is { } at ? Day(at) : "-"]]);
            if (who.Quotas is { } quotas)
            {
                Tables.Write(
                    ["QUOTA", "OF", "USED", "LIMIT"],
                    quotas.Select(q => (IReadOnlyList<string>)[q.What, q.Whose, $"{q.Used:0.##}", $"{q.Limit:0.##}"]));
            }

            return ExitCode.Ok;
        });
        return (command, "advseg whoami\nADVSEG_TOKEN_FILE=~/.advseg-token advseg whoami --server https://advseg.example");
    }

    private static async Task<int> CreateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Role role = Enum.GetValues<Role>().First(r => Kebab.Of(r) == parsed.GetRequiredValue(RoleOption));
        var user = new User(parsed.GetRequiredValue(User), role, parsed.GetValue(Teams) ?? []);
        (int days, string purpose) = (parsed.GetValue(Days), parsed.GetRequiredValue(Purpose));
        bool inStore = parsed.GetResult(Shared.Data) is { Implicit: false } || parsed.GetResult(StorePlace.Blob) is { Implicit: false };
        MadeToken made = inStore
            ? await MakeInStoreAsync(parsed, user, days, purpose, cancellationToken)
            : await MakeByServerAsync(parsed, user, days, purpose, cancellationToken);
        Terminal.Current.Write(made.Token);
        Terminal.Current.Say(
            $"Token {made.Made.Id} of {made.Made.User}, {Kebab.Of(made.Made.Role)} until {Day(made.Made.Expires)}. It is shown this once.");
        return ExitCode.Ok;
    }

    private static async Task<MadeToken> MakeByServerAsync(
        ParseResult parsed, User user, int days, string purpose, CancellationToken cancellationToken)
    {
        using ApiClient api = ApiClient.Of(parsed);
        return await api.MakeTokenAsync(user.Name, Kebab.Of(user.Role), user.Teams, days, purpose, cancellationToken);
    }

    private static async Task<MadeToken> MakeInStoreAsync(
        ParseResult parsed, User user, int days, string purpose, CancellationToken cancellationToken)
    {
        using StorePlace place = await StorePlace.OpenAsync(parsed);
        var credentials = new Credentials(place.Store, TimeProvider.System);
        return await credentials.MakeTokenAsync(user, purpose, days, "whoever has the store", cancellationToken);
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using ApiClient api = ApiClient.Of(parsed);
        IReadOnlyList<TokenView> tokens = await api.GetTokensAsync(cancellationToken);
        if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
        {
            Tables.WriteJson(tokens);
            return ExitCode.Ok;
        }

        Tables.Write(
            ["ID", "USER", "ROLE", "TEAMS", "EXPIRES", "LAST USED", "PURPOSE"],
            tokens.Select(t => (IReadOnlyList<string>)
            [
                t.Id, t.User, Kebab.Of(t.Role), string.Join(',', t.Teams), Day(t.Expires), t.LastUsed is { } used ? Day(used) : "never", t.Purpose,
            ]));
        return ExitCode.Ok;
    }

    /// <exception cref="CommandException">The text is no id. It is not shown, because it may be a token.</exception>
    private static string IdOf(ParseResult parsed) => parsed.GetRequiredValue(Id) is var id && SecretText.IsId(id) ? id
        : throw new CommandException(ExitCode.Usage, "ID is 16 hex digits, as 'advseg token ls' prints them; give no token there.");

    private static string Day(DateTimeOffset at) => $"{at.UtcDateTime:yyyy-MM-dd HH:mm}Z";
}
