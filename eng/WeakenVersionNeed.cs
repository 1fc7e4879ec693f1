using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one symbol version that a Linux library asks for as weak (VER_FLG_WEAK, Linux Standard Base, "Symbol Versioning").
/// libLibTorchSharp.so 0.107.0 asks for GLIBCXX_3.4.32 but no relocation uses that version; without this the loader refuses
/// the library wherever libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04). Applying it twice changes nothing.
/// </summary>
public sealed class WeakenVersionNeed : Task
{
    private const int SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort Weak = 2;

    public string Library { get; set; }
    public string Version { get; set; }

    public override bool Execute()
    {
        if (!File.Exists(Library))
        {
            return true;
        }

        byte[] file = File.ReadAllBytes(Library);
        int flag = FindFlags(file);
        if (flag < 0 || (BitConverter.ToUInt16(file, flag) & Weak) != 0)
        {
            return true;
        }

        // A new file replaces the old one: writing in place could go through a hard link into the package cache.
        // The old time stamp stays, so that an incremental build does not copy the unpatched file again.
        DateTime stamp = File.GetLastWriteTimeUtc(Library);
        file[flag] |= (byte)Weak;
        string temporary = Library + ".weakened";
        File.WriteAllBytes(temporary, file);
        File.SetLastWriteTimeUtc(temporary, stamp);
        File.Delete(Library);
        File.Move(temporary, Library);
        Log.LogMessage(MessageImportance.Normal, Library + ": " + Version + " is now a weak need");
        return true;
    }

    /// <summary>Offset of vna_flags of the wanted version, or -1 when the file does not ask for it.</summary>
    private int FindFlags(byte[] file)
    {
        if (file.Length < 64 || file[0] != 0x7f || file[1] != 'E' || file[4] != 2)
        {
            Log.LogError(Library + " is not a 64-bit ELF file; restore the TorchSharp package again.");
            return -1;
        }

        long sections = BitConverter.ToInt64(file, 0x28);
        int entrySize = BitConverter.ToUInt16(file, 0x3a);
        int count = BitConverter.ToUInt16(file, 0x3c);
        for (int i = 0; i < count; i++)
        {
            int header = (int)(sections + (i * entrySize));
            if (BitConverter.ToInt32(file, header + 4) != SectionTypeVersionNeed)
            {
                continue;
            }

            int link = BitConverter.ToInt32(file, header + 0x28);
            int strings = (int)BitConverter.ToInt64(file, (int)(sections + (link * entrySize)) + 0x18);
            int need = (int)BitConverter.ToInt64(file, header + 0x18);
            int needs = BitConverter.ToInt32(file, header + 0x2c);
            for (int n = 0; n < needs; n++)
            {
                int entry = need + BitConverter.ToInt32(file, need + 8);
                int entries = BitConverter.ToUInt16(file, need + 2);
                for (int e = 0; e < entries; e++)
                {
                    if (ReadName(file, strings + BitConverter.ToInt32(file, entry + 8)) == Version)
                    {
                        return entry + 4;
                    }

                    entry += BitConverter.ToInt32(file, entry + 12);
                }

                need += BitConverter.ToInt32(file, need + 12);
            }
        }

        return -1;
    }

    private static string ReadName(byte[] file, int offset)
    {
        int end = Array.IndexOf(file, (byte)0, offset);
        return Encoding.ASCII.GetString(file, offset, end - offset);
    }
}
