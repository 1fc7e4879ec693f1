using AdvSeg.Core.Errors;
using Microsoft.Net.Http.Headers;

namespace AdvSeg.Dashboard.Http;

/// <summary>What a page's form sends.</summary>
internal static class Forms
{
    private const string ContentType = "application/x-www-form-urlencoded";

    /// <exception cref="SpecException">The body is no form, or a broken one.</exception>
    public static async Task<IFormCollection> ReadAsync(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || type.MediaType != ContentType)
        {
            throw new SpecException($"This takes a form, {ContentType}; the API is below /api/v1.");
        }

        try
        {
            return await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException e)
        {
            throw new SpecException("The form cannot be read; send the page's own.", e);
        }
    }
}
