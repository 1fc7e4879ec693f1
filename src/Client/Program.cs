return await AdvSeg.Client.Cli.CommandLine.RunAsync(args);
