using System.Net;
using System.Text.RegularExpressions;

namespace AdvSeg.Servers;

/// <summary>A person's browser at the provider's pages: it sends every form that it is shown, with a user's name where one is asked for.</summary>
public sealed partial class ProviderBrowser(string provider, string user) : IDisposable
{
    private const int MostPages = 30;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    /// <summary>Goes on until the provider sends the browser elsewhere, or shows a page without a form.</summary>
    /// <param name="start">The first page.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The address that it is sent to, or of the last page.</returns>
    public async Task<Uri> SignInAsync(Uri start, CancellationToken cancellationToken)
    {
        Uri address = start;
        HttpContent? form = null;
        for (int page = 0; page < MostPages && address.GetLeftPart(UriPartial.Authority) == provider; page++)
        {
            using var request = new HttpRequestMessage(form is null ? HttpMethod.Get : HttpMethod.Post, address) { Content = form };
            using HttpResponseMessage answer = await _http.SendAsync(request, cancellationToken);
            string html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(cancellationToken));
            form = null;
            if (answer.Headers.Location is { } next)
            {
                address = new Uri(address, next);
            }
            else if (Form().Match(html) is { Success: true } shown)
            {
                address = new Uri(address, Action().Match(shown.Value).Groups[1].Value);
                form = new FormUrlEncodedContent(Input().Matches(shown.Value).Select(input => FieldOf(input.Value)));
            }
            else
            {
                return address;
            }
        }

        return address;
    }

    public void Dispose() => _http.Dispose();

    private KeyValuePair<string, string> FieldOf(string input) =>
        Attribute(input, "name") is var name && (name is "login" or "password") ? new(name, user) : new(name, Attribute(input, "value"));

    private static string Attribute(string input, string name) => Regex.Match(input, $" {name}=\"([^\"]*)\"").Groups[1].Value;

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex(" action=\"([^\"]*)\"")]
    private static partial Regex Action();

    [GeneratedRegex("<input [^>]*>")]
    private static partial Regex Input();
}
