using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Store;
using Microsoft.AspNetCore.DataProtection;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Seals what a browser carries between this server and the provider while somebody signs in (AES-GCM, RFC 5116). The key is in the store, so
/// that the browser may come back to another dashboard; it is drawn once, by whichever is first.
/// </summary>
internal sealed class StoreProtection(IArtifactStore store) : IDataProtectionProvider
{
    private const int KeyBytes = 32;
    private byte[]? _key;

    /// <summary>Loads the key. Call it before anything is sealed or opened.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_key is null)
        {
            var drawn = new SignInKey(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)));
            await store.CreateAsync(ArtifactKeys.SignInKey, drawn, cancellationToken);
            SignInKey stored = await store.RequireAsync(ArtifactKeys.SignInKey, "is gone again; try once more.", cancellationToken);
            _key = Convert.FromHexString(stored.Key);
        }
    }

    public IDataProtector CreateProtector(string purpose) => new Protector(this, purpose);

    private byte[] KeyOf(string purpose) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        _key ?? throw new InvalidOperationException("the key was not loaded"),
        KeyBytes,
        info: Encoding.UTF8.GetBytes(purpose));

    private sealed class Protector(StoreProtection parent, string purpose) : IDataProtector
    {
        private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
        private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

        public IDataProtector CreateProtector(string inner) => new Protector(parent, $"{purpose}\0{inner}");

        /// <summary>Nonce, tag, ciphertext.</summary>
        public byte[] Protect(byte[] plaintext)
        {
            byte[] sealedData = new byte[NonceBytes + TagBytes + plaintext.Length];
            RandomNumberGenerator.Fill(sealedData.AsSpan(0, NonceBytes));
            using var aes = new AesGcm(parent.KeyOf(purpose), TagBytes);
            aes.Encrypt(
                sealedData.AsSpan(0, NonceBytes), plaintext, sealedData.AsSpan(NonceBytes + TagBytes), sealedData.AsSpan(NonceBytes, TagBytes));
            return sealedData;
        }

        /// <exception cref="CryptographicException">It was not sealed with this key for this purpose, or was changed since.</exception>
        public byte[] Unprotect(byte[] protectedData)
        {
            if (protectedData.Length < NonceBytes + TagBytes)
            {
                throw new CryptographicException("what was sealed is cut short");
            }

            ReadOnlySpan<byte> given = protectedData;
            byte[] plaintext = new byte[given.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(parent.KeyOf(purpose), TagBytes);
            aes.Decrypt(given[..NonceBytes], given[(NonceBytes + TagBytes)..], given.Slice(NonceBytes, TagBytes), plaintext);
            return plaintext;
        }
    }
}
