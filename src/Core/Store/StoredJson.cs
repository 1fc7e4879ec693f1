using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Store;

/// <summary>Reads the bytes of stored records.</summary>
public static class StoredJson
{
    /// <exception cref="DamagedException">The bytes are no <typeparamref name="T"/>; the message names the key.</exception>
    public static T Read<T>(ReadOnlySpan<byte> data, string key)
    {
        if (data.IsEmpty)
        {
            throw DamagedException.Of(key, "is empty");
        }

        try
        {
            return CanonicalJson.Read<T>(data, key);
        }
        catch (SpecException e)
        {
            throw DamagedException.Of(key, e.Message[key.Length..].Trim().TrimEnd('.'), e);
        }
    }
}
