namespace AdvSeg.Core.Statistics;

/// <summary>The root of a rising function by halving its bracket, to the last bit that a double has.</summary>
internal static class Bisection
{
    public static double Root(Func<double, double> rising, double low, double high)
    {
        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return middle;
            }

            (low, high) = rising(middle) < 0 ? (middle, high) : (low, middle);
        }
    }
}
