namespace AdvSeg.Benchmarks;
internal static class Costs
{
    public static void Print(string folder) {}
    public static void PrintMemory(string folder, string scheme, int steps) {}
}
