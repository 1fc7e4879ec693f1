"""Writes reference.json: what NumPy, SciPy (1.10.1) and statsmodels (0.13.5) give for fixed samples. Run: python3 reference.py > reference.json"""
import json
import warnings

import numpy as np
import scipy
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests

warnings.simplefilter("ignore")
rng = np.random.default_rng(2017)


def describe(name, values):
    return {
        "name": name,
        "values": list(values),
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)),
        "median": float(np.median(values)),
        "quantiles": [[p, float(np.quantile(values, p))] for p in (0.0, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 1.0)],
    }


def wilcoxon(name, first, second, method):
    first, second = [float(v) for v in first], [float(v) for v in second]
    result = stats.wilcoxon(first, second, zero_method="wilcox", correction=False, alternative="two-sided", mode=method)
    zeros = int(np.sum(np.array(first) == np.array(second)))
    return {"name": name, "first": first, "second": second, "method": {"exact": "exact", "approx": "normal"}[method],
            "zeros": zeros, "statistic": float(result.statistic), "pValue": float(result.pvalue), "effect": rank_biserial(first, second)}


def exact(name, first, second):
    """Every way to sign the ranks of what is not zero: SciPy's permutation test up to 14 differences, beyond that sums of Python's integers."""
    made = wilcoxon(name, first, second, "approx")
    d = np.round(np.array(made["first"]) - np.array(made["second"]), 9)
    d = d[d != 0]
    ranks = stats.rankdata(abs(d))
    if len(d) <= 14:
        p = stats.permutation_test((ranks * np.sign(d),), lambda x, axis: abs(x.sum(axis)), permutation_type="samples", vectorized=True,
                                   n_resamples=np.inf, alternative="greater").pvalue
    else:
        ways = {0: 1}
        for rank in ranks:
            after = dict(ways)
            for total, count in ways.items():
                after[total + rank] = after.get(total + rank, 0) + count
            ways = after
        p = 2 * sum(count for total, count in ways.items() if total <= made["statistic"]) / 2 ** len(d)
    return {**made, "method": "exact", "pValue": float(min(1, p))}


def rank_biserial(first, second):
    """SciPy's one-sided statistic is W+, and its ranks sum to n (n + 1) / 2."""
    plus = stats.wilcoxon(first, second, zero_method="wilcox", correction=False, alternative="greater", mode="approx").statistic
    n = int(np.sum(np.array(first) != np.array(second)))
    return float(4 * plus / (n * (n + 1)) - 1)


def holm(name, p):
    return {"name": name, "pValues": p, "adjusted": [float(v) for v in multipletests(p, method="holm")[1]]}


def paired(name, variant, baseline):
    """SciPy's interval of the mean difference, and every gain g that a t test of v - (1 + g) b does not refuse at .05, found by its roots."""
    v, b = np.array(variant, float), np.array(baseline, float)
    critical = stats.t.ppf(0.975, len(v) - 1)
    gain = v.mean() / b.mean() - 1
    excess = lambda g: abs(stats.ttest_1samp(v - (1 + g) * b, 0).statistic) - critical
    low, high = stats.t.interval(0.95, len(v) - 1, loc=np.mean(v - b), scale=stats.sem(v - b))
    # Just beside its zero the statistic is small; the brackets reach as far as it rises above the critical value.
    ends = [optimize.brentq(excess, gain, gain + side * reach) for side, reach in ((-1, 20), (1, 20))]
    return {"name": name, "variant": list(variant), "baseline": list(baseline), "difference": [float(low), float(high)],
            "gain": [float(min(ends)), float(max(ends))]}


def pair(n, shift, decimals=None):
    first, second = rng.beta(2, 3, n) + shift, rng.beta(2, 3, n)
    return (first, second) if decimals is None else (np.round(first, decimals), np.round(second, decimals))


# Eighths are exact in binary, so ties in the differences are ties for everybody.
def eighths(n):
    return rng.integers(0, 9, n) / 8, rng.integers(0, 9, n) / 8


# Darwin's maize, differences cross-fertilised minus self-fertilised in eighths of an inch (Fisher 1935, The Design of Experiments, III).
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]

one_sided = np.linspace(0.1, 0.9, 6)
tied = np.array([1, 1, 2, 2, 3, 3, 4, 5, 6, -1, -2, 7]) / 8
cases = [
    wilcoxon("six pairs, all one way", one_sided + one_sided**2, one_sided, "exact"),
    wilcoxon("Darwin's maize", DARWIN, np.zeros(15), "exact"),
    wilcoxon("n 14", *pair(14, 0.1), "exact"),
    wilcoxon("n 14, no shift", *pair(14, 0.0), "exact"),
    wilcoxon("n 50, the largest exact", *pair(50, 0.05), "exact"),
    wilcoxon("n 51, the smallest without ties that is approximated", *pair(51, 0.05), "approx"),
    wilcoxon("n 200, a tail", *pair(200, 0.3), "approx"),
    exact("ties", tied, np.zeros(12)),
    exact("ties and zeros, n 40", *eighths(40)),
    exact("zeros without ties", list(np.array([1, -2, 3, 4, 5, 6, 7, 8, 9]) / 8) + [0.5] * 3, [0.0] * 9 + [0.5] * 3),
]
wide = np.random.default_rng(14).integers(0, 17, (2, 60)) / 16
cases += [
    exact("all tied, all one way", np.full(8, 0.25), np.zeros(8)),
    exact("ties, n 14", *(np.random.default_rng(15).integers(0, 9, (2, 14)) / 8)),
    exact("fifty that differ, with ties and zeros", *wide[:, np.cumsum(wide[0] != wide[1]) <= 50]),
    wilcoxon("more than fifty that differ, with ties and zeros", *wide, "approx"),
]
print(json.dumps({
    "scipy": scipy.__version__,
    "described": [describe("normal", rng.normal(size=11)), describe("two", [0.25, 0.75]), describe("ties", list(np.round(rng.beta(2, 2, 30), 1)))],
    "wilcoxon": cases,
    "holm": [
        holm("one", [0.03]), holm("Holm's own order", [0.01, 0.04, 0.03, 0.005]), holm("ties and a cap", [0.5, 0.5, 0.9, 0.02, 0.02]),
        holm("held up by the one before", [0.01, 0.011, 0.012, 0.9]), holm("twenty", [float(v) for v in np.random.default_rng(3).beta(0.3, 2, 20)]),
    ],
    "paired": [
        paired("six patients", np.array([0.5, 0.1, 0.7, 0.35, 0.62, 0.9]), np.array([0.4, 0.2, 0.5, 0.3, 0.6, 0.7])),
        paired("thirty, skewed", *np.random.default_rng(4).beta(0.8, 2, (2, 30)) + 0.05),
    ],
    "twoSided": [[z, float(special.erfc(abs(z) / np.sqrt(2)))] for z in (0.0, 1e-9, 0.1, -0.5, 1.0, 1.96, 2.82, 2.83, 3.0, 5.0, 8.0, 20.0, 35.0)],
}, indent=1))
