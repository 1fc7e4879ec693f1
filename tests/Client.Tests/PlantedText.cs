using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace AdvSeg.Client.Tests;

/// <summary>
/// Text that names a person, put wherever files of patients have room for it: tags and comments of headers, extensions, free text of tables and
/// of dataset.json, names of other files and of the folder above. Each place has its own, so a text that is found says where it came from.
/// </summary>
internal static class PlantedText
{
    /// <summary>Name of the folder that holds a dataset.</summary>
    public const string Folder = "Klinik-Zwiebelmann";

    private const int NiftiHeader = 348;
    private const int Extension = 64;

    /// <summary>DICOM tags and other keys of MetaImage headers.</summary>
    private static readonly (string Key, string Value)[] Tags =
    [
        ("0010|0010", "Mustermaus^Erika"), ("0010|0020", "Spital-471100815"), ("0010|0030", "19510713"), ("0008|0050", "Acc90817263"),
        ("0008|0090", "Doktorhut"), ("0020|000d", "1.2.826.4711.99"), ("Comment", "Zufallsbefund"), ("Name", "Namensvetter"),
    ];

    /// <summary>Text fields of NIfTI-1 headers: first byte, length, text.</summary>
    private static readonly (int At, int Length, string Value)[] Fields =
    [
        (4, 10, "Quastel"), (14, 18, "Quarkstrudel"), (148, 80, "Befund von Kiesewetterling"), (228, 24, "Aktenzeichner"),
        (328, 16, "Hebammenkoffer"),
    ];

    private const string ExtensionText = "Rumpelstilzchen 1949-02-03";

    private static readonly (string Key, string Value)[] DatasetFields =
    [
        ("name", "Datensatzname-Ottokar"), ("description", "Patienten von Professorin Wackelpeter"), ("reference", "Ordner Sauerbraten"),
        ("licence", "nur Oberarztkittel"),
    ];

    private static readonly (string Column, string Value)[] Columns = [("mri_date", "1999-09-29"), ("remark", "Nachbarin Lebkuchenberg")];

    private const string OtherFile = "Entlassbrief-Pumpernickel";

    /// <summary>All of it but the folder's name.</summary>
    public static IReadOnlyList<string> All =>
    [
        .. Tags.Select(tag => tag.Value), .. Fields.Select(one => one.Value), ExtensionText, .. DatasetFields.Select(one => one.Value),
        .. Columns.Select(column => column.Value), OtherFile,
    ];

    /// <summary>Writes it into every file below a folder, which stays readable.</summary>
    public static void Into(string folder)
    {
        foreach (string path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            byte[] data = File.ReadAllBytes(path);
            File.WriteAllBytes(path, Path.GetFileName(path) switch
            {
                var name when name.EndsWith(".mha", StringComparison.Ordinal) => IntoMetaImage(data),
                var name when name.EndsWith(".nii.gz", StringComparison.Ordinal) => Packed(IntoNifti(Unpacked(data))),
                "dataset.json" => IntoDataset(data),
                "marksheet.csv" => IntoTable(data),
                var name => throw new InvalidOperationException($"{name} has no text planted; say how."),
            });
        }

        foreach (string inside in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories))
        {
            File.WriteAllText(Path.Combine(inside, $"{OtherFile}.txt"), OtherFile);
        }
    }

    /// <summary>Those of some texts that bytes hold, as Latin-1 or UTF-16, in any case.</summary>
    public static IEnumerable<string> FoundIn(byte[] data, IEnumerable<string> texts)
    {
        string[] readings = [Encoding.Latin1.GetString(data), Encoding.Unicode.GetString(data)];
        return texts.Where(text => readings.Any(reading => reading.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    private static byte[] IntoMetaImage(byte[] file)
    {
        int at = Encoding.Latin1.GetString(file).IndexOf("ElementDataFile", StringComparison.Ordinal);
        byte[] lines = Encoding.Latin1.GetBytes(string.Concat(Tags.Select(tag => $"{tag.Key} = {tag.Value}\n")));
        return [.. file.AsSpan(0, at), .. lines, .. file.AsSpan(at)];
    }

    private static byte[] IntoNifti(byte[] file)
    {
        foreach ((int at, int length, string value) in Fields)
        {
            Encoding.ASCII.GetBytes(value.PadRight(length, '\0')).AsSpan(0, length).CopyTo(file.AsSpan(at));
        }

        int voxels = (int)BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(108));
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(108), voxels + Extension);
        file[NiftiHeader] = 1;
        var extension = new byte[Extension];
        BinaryPrimitives.WriteInt32LittleEndian(extension, Extension);
        BinaryPrimitives.WriteInt32LittleEndian(extension.AsSpan(4), 6);
        Encoding.ASCII.GetBytes(ExtensionText).CopyTo(extension.AsSpan(8));
        return [.. file.AsSpan(0, voxels), .. extension, .. file.AsSpan(voxels)];
    }

    private static byte[] IntoDataset(byte[] file)
    {
        JsonNode dataset = JsonNode.Parse(file)!;
        Array.ForEach(DatasetFields, field => dataset[field.Key] = field.Value);
        return Encoding.UTF8.GetBytes(dataset.ToJsonString());
    }

    private static byte[] IntoTable(byte[] file)
    {
        string[] rows = Encoding.UTF8.GetString(file).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string head = $"{rows[0]},{string.Join(',', Columns.Select(column => column.Column))}";
        IEnumerable<string> rest = rows.Skip(1).Select(row => $"{row},{string.Join(',', Columns.Select(column => column.Value))}");
        return Encoding.UTF8.GetBytes(string.Join("\r\n", rest.Prepend(head)) + "\r\n");
    }

    private static byte[] Unpacked(byte[] file)
    {
        using var unpacked = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(file), CompressionMode.Decompress);
        gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static byte[] Packed(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }
}
