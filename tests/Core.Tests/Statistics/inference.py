"""Writes inference.json: what SciPy (1.10.1), statsmodels (0.13.5) and NumPy give for fixed samples. Run: python3 inference.py > inference.json"""
import json

import numpy as np
import scipy
from scipy import optimize, stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

rng = np.random.default_rng(2017)


def mean_test(name, values):
    result = stats.ttest_1samp(values, 0.0)
    n = len(values)
    low, high = stats.t.interval(0.95, n - 1, loc=np.mean(values), scale=stats.sem(values))
    return {"name": name, "values": [float(v) for v in values], "pValue": float(result.pvalue), "low": float(low), "high": float(high)}


def crossed(name, values, folds):
    """Components by the textbook sums of squares over arrays; nested patients are NaN outside their fold."""
    v, folds = np.array(values, float), np.array(folds)
    if not np.isnan(v).any():
        grand, fold_means = v.mean(), np.array([v[folds == f].mean() for f in np.unique(folds)])
        n_f, n_p, n_s = len(fold_means), v.shape[1], v.shape[0] // len(fold_means)
        ss_fold = n_s * n_p * ((fold_means - grand) ** 2).sum()
        ss_run = n_p * sum(((v[folds == f].mean(1) - v[folds == f].mean()) ** 2).sum() for f in np.unique(folds))
        ss_unit = v.shape[0] * ((v.mean(0) - grand) ** 2).sum()
        ss_rest = ((v - grand) ** 2).sum() - ss_fold - ss_run - ss_unit
        ms_rest, ms_run = ss_rest / ((v.shape[0] - 1) * (n_p - 1)), ss_run / (n_f * (n_s - 1))
        ms_unit = ss_unit / (n_p - 1)
        fold = max(0, (ss_fold / (n_f - 1) - ms_run) / (n_s * n_p)) if n_f > 1 else None
        parts = [fold, max(0, (ms_run - ms_rest) / n_p), max(0, (ms_unit - ms_rest) / v.shape[0]), ms_rest]
    else:
        ss_run = ss_unit = ss_rest = df_run = df_unit = df_rest = w_run = w_unit = 0.0
        for f in np.unique(folds):
            block = v[folds == f]
            block = block[:, ~np.isnan(block).all(0)]
            r, c = block.shape
            grand, rows, columns = block.mean(), block.mean(1), block.mean(0)
            ss_run += c * ((rows - grand) ** 2).sum()
            ss_unit += r * ((columns - grand) ** 2).sum()
            ss_rest += ((block - rows[:, None] - columns[None] + grand) ** 2).sum()
            df_run, df_unit, df_rest = df_run + r - 1, df_unit + c - 1, df_rest + (r - 1) * (c - 1)
            w_run, w_unit = w_run + (r - 1) * c, w_unit + (c - 1) * r
        rest = ss_rest / df_rest
        parts = [None, max(0, (ss_run - df_run * rest) / w_run), max(0, (ss_unit - df_unit * rest) / w_unit), rest]
    return {"name": name, "folds": [int(f) for f in folds], "values": [[None if np.isnan(x) else float(x) for x in row] for row in v],
            "fold": parts[0], "replicate": parts[1], "unit": parts[2], "residual": parts[3], "error": pigeonhole(v)}


def pigeonhole(v, resamples=200_000):
    """The standard deviation of the mean over drawn patients of their means over drawn networks, with NumPy's own draws."""
    r, p = v.shape
    known, filled = ~np.isnan(v), np.nan_to_num(v)
    means = []
    for start in range(0, resamples, 10_000):
        w = rng.multinomial(r, np.full(r, 1 / r), 10_000)
        u = rng.multinomial(p, np.full(p, 1 / p), 10_000)
        counts = w @ known
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = np.where(counts > 0, (w @ filled) / counts, 0.0)
            means.append((u * unit).sum(1) / (u * (counts > 0)).sum(1))
    return float(np.nanstd(np.concatenate(means), ddof=1))


def made(folds, seeds, patients, sd_fold, sd_run, sd_unit, sd_rest, nested):
    rows, labels = [], []
    unit = rng.normal(0, sd_unit, patients)
    for f in range(folds):
        shift = rng.normal(0, sd_fold)
        for _ in range(seeds):
            row = -0.05 + shift + rng.normal(0, sd_run) + unit + rng.normal(0, sd_rest, patients)
            if nested:
                row = np.where(np.arange(patients) % folds == f, row, np.nan)
            rows.append(np.round(row, 6))
            labels.append(f)
    return rows, labels


def power_law(name, sizes, scores):
    """SciPy's bounded least squares from many starts; the best of them."""
    n, y = np.array(sizes, float), np.array(scores, float)
    best = None
    for rate in (0.05, 0.2, 0.5, 1.0, 2.0, 3.0):
        for asymptote in (0.5, 0.8, 1.0):
            fit = optimize.least_squares(lambda p: p[0] - p[1] * n ** -p[2] - y, (asymptote, 0.5, rate), bounds=([-10, 0, 0.05], [1, 100, 3]),
                                         xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=20_000)
            if best is None or fit.cost < best.cost:
                best = fit
    return {"name": name, "sizes": list(sizes), "scores": list(scores), "squares": float(2 * best.cost),
            "at": [float(best.x[0] - best.x[1] * m ** -best.x[2]) for m in (3.0, 14.0, 56.0)]}


SEEDS = ([0.01, -0.02, 0.015, 0.004, -0.01], [0.05, 0.06, 0.055], [-0.2, 0.3, 0.1, -0.1])
power = TTestPower()
PROPORTIONS = ((0, 5), (1, 5), (5, 5), (4, 20), (3, 60), (0, 200), (57, 300))
print(json.dumps({
    "scipy": scipy.__version__,
    "twoSided": [[t, d, float(2 * stats.t.sf(abs(t), d))] for t in (0.0, 1e-6, 0.5, -2.0, 2.776, 8.0, 40.0) for d in (1, 2, 4, 9.5, 30, 1000)],
    "critical": [[p, d, float(stats.t.ppf(1 - p / 2, d))] for p in (0.5, 0.1, 0.05, 0.001) for d in (1, 2, 4, 19, 99)],
    "noncentral": [[t, d, n, float(stats.nct.cdf(t, d, n))] for t in (-2.0, 0.0, 1.0, 2.776, 6.0) for d in (1, 2, 4, 19, 99) for n in (0.1, 0.7, 3.0)],
    "power": [[n, e, a, float(power.power(e, n, a, alternative="two-sided"))]
              for n in (2, 3, 5, 10, 40) for e in (0.05, 0.2, 0.8, 1.7) for a in (0.05, 0.01)],
    "smallest": [[n, w, float(power.solve_power(None, n, 0.05, w, "two-sided"))] for n in (3, 5, 10, 98) for w in (0.8, 0.9)],
    "proportion": [[k, n, *map(float, proportion_confint(k, n, 0.05, "beta"))] for k, n in PROPORTIONS],
    "equivalence": [[m, float(DescrStatsW(np.array(v)).ttost_mean(-m, m)[0]), *v] for v in SEEDS for m in (0.03, 0.1)],
    "powerLaw": [
        power_law("three sizes", (28.0, 10.0, 4.0), (0.575, 0.54, 0.49)),
        power_law("five sizes with scatter", (40.0, 20.0, 10.0, 5.0, 2.0), (0.61, 0.60, 0.52, 0.47, 0.30)),
        power_law("falls", (28.0, 14.0, 7.0, 3.0), (0.40, 0.42, 0.41, 0.45)),
        power_law("ends above 1", (64.0, 32.0, 16.0, 8.0), (0.99, 0.80, 0.55, 0.30)),
    ],
    "mean": [mean_test("five seeds", np.round(rng.normal(-0.13, 0.17, 5), 4)), mean_test("two", [0.1, 0.3]), mean_test("twenty", rng.normal(0.02, 0.05, 20))],
    "crossed": [
        crossed("every network on every patient", *made(4, 5, 13, 0.05, 0.1, 0.04, 0.06, False)),
        crossed("one fold", *made(1, 6, 20, 0.0, 0.05, 0.1, 0.05, False)),
        crossed("no spread between networks", *made(3, 3, 12, 0.0, 0.0, 0.1, 0.05, False)),
        crossed("held-out patients", *made(4, 3, 27, 0.05, 0.1, 0.08, 0.05, True)),
    ],
}, indent=1))
