return await AdvSeg.Client.CommandLine.RunAsync(args);
