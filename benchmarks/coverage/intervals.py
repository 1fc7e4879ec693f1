"""How often 95 % intervals of paired means hold the truth: percentiles and BCa of a bootstrap over patients beside t and Fieller's.
Prints a line per kind of patients and their number; docs/statistics.md quotes it. Needs NumPy and SciPy. Run: python3 intervals.py"""
import numpy as np
from scipy import stats

RESAMPLES = 1000
SAMPLES = {6: 3000, 13: 3000, 40: 1500, 100: 600}
rng = np.random.default_rng(1)


def draw(patients, samples, kind):
    """A variant's and its baseline's DSC: normal, or a logistic curve of a patient's ease with a mass at 0."""
    shape = (samples, patients)
    if kind == "normal":
        shared = rng.normal(0, 0.1, shape)
        baseline = 0.4 + shared + rng.normal(0, 0.1, shape)
        return 0.5 + shared + rng.normal(0, 0.1, shape), baseline
    ease = rng.normal(0, 1, shape)

    def dice(shift):
        return np.clip(1 / (1 + np.exp(-(shift + 1.2 * ease + 0.6 * rng.normal(0, 1, shape)))) * 0.95 - 0.08, 0, 1)
    return dice(0.9), dice(0.2)


def difference(v, b):
    return (v - b).mean(-1)


def gain(v, b):
    return v.mean(-1) / b.mean(-1) - 1


def bca(values, estimate, statistic, v, b):
    share = ((values < estimate[:, None]).mean(1) + 0.5 * (values == estimate[:, None]).mean(1)).clip(1e-4, 1 - 1e-4)
    z0 = stats.norm.ppf(share)
    left_out = np.stack([statistic(np.delete(v, i, 1), np.delete(b, i, 1)) for i in range(v.shape[1])], 1)
    u = left_out.mean(1, keepdims=True) - left_out
    a = (u ** 3).sum(1) / (6 * (u ** 2).sum(1) ** 1.5 + 1e-300)
    low, high = (stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in (-1.96, 1.96))
    ascending, rows = np.sort(values, 1), np.arange(len(values))
    return ascending[rows, (low * (RESAMPLES - 1)).astype(int)], ascending[rows, np.ceil(high * (RESAMPLES - 1)).astype(int)]


def fieller(v, b, critical):
    n, mv, mb = v.shape[1], v.mean(1), b.mean(1)
    products = ((b - mb[:, None]) * (v - mv[:, None])).sum(1) / (n - 1) / n
    a, c = mb ** 2 - critical ** 2 * b.var(1, ddof=1) / n, mv ** 2 - critical ** 2 * v.var(1, ddof=1) / n
    half = mb * mv - critical ** 2 * products
    root = np.sqrt((half ** 2 - a * c).clip(0))
    given = a > 0
    return ((half - root) / a - 1)[given], ((half + root) / a - 1)[given]


def held(interval, truth):
    return round(float(np.mean((interval[0] <= truth) & (truth <= interval[1]))), 3)


for kind in ("normal", "skewed"):
    v, b = draw(2000, 1000, kind)
    truths = {"difference": (v - b).mean(), "gain": v.mean() / b.mean() - 1}
    for patients, samples in SAMPLES.items():
        v, b = draw(patients, samples, kind)
        weights = rng.multinomial(patients, np.full(patients, 1 / patients), RESAMPLES).astype(float) / patients
        with np.errstate(divide="ignore", invalid="ignore"):
            resampled = {"difference": (v - b) @ weights.T, "gain": (v @ weights.T) / (b @ weights.T) - 1}
        critical = stats.t.ppf(0.975, patients - 1)
        error = (v - b).std(1, ddof=1) / np.sqrt(patients)
        row = {}
        for name, statistic in (("difference", difference), ("gain", gain)):
            row[f"{name}, percentiles"] = held(np.quantile(resampled[name], [0.025, 0.975], axis=1), truths[name])
            row[f"{name}, BCa"] = held(bca(resampled[name], statistic(v, b), statistic, v, b), truths[name])
        row["difference, t"] = held((difference(v, b) - critical * error, difference(v, b) + critical * error), truths["difference"])
        row["gain, Fieller"] = held(fieller(v, b, critical), truths["gain"])
        print(kind, patients, row, flush=True)
