using System.CommandLine;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Client.Commands;

/// <summary><c>schema</c>: what editors check and complete sweep files with.</summary>
internal static class SchemaCommand
{
    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "schema", "Print the JSON Schema of sweep files (draft 2020-12): what editors complete and check them with, made from the grammar "
                + "that this program reads.");
        command.SetAction(_ =>
        {
            Console.Out.Write(SweepSchema.Write());
            return ExitCode.Ok;
        });
        return (command, "advseg schema > sweep.schema.json");
    }
}
