"""Writes aggregation.json: made-up pixel counts of a small sweep, and what NumPy, SciPy (1.10.1) and statsmodels (0.13.5) find for them.
It shares no code with AdvSeg.Reporting. Run: python3 aggregation.py > aggregation.json"""
import json

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

VARIANTS, FOLDS, SEEDS, LEVELS, PATIENTS, FIELD = 3, 4, 2, 3, 32, 48 * 48
CHOSEN = 1
# Runs that are not there: a replicate of a variant, and one of the ablation.
ABSENT = [(2, 3, None, 1), (1, 1, 2, 0)]
WITHOUT_TUMOUR = 5
rng = np.random.default_rng(2017)


def draw_expert(patient):
    """Per slice the expert's tumour and gland, in pixels; about one slice in five shows no tumour."""
    slices = int(rng.integers(2, 5))
    tumour = [0 if patient == WITHOUT_TUMOUR or (s > 0 and rng.random() < 0.3) else int(rng.integers(30, 90)) for s in range(slices)]
    return [(t, int(rng.integers(700, 1000))) for t in tumour]


def draw_slice(variant, level, tumour, gland):
    """Counts [tp, fp, fn, fp in the gland, pixels of the gland]."""
    skill = [0.5, 0.56, 0.53][variant] - [0.25, 0.15, 0.2][variant] * (0 if level is None else (level + 1) / LEVELS)
    found = int(np.clip(round(tumour * (skill + rng.normal(0, 0.15))), 1, tumour - 1)) if tumour else 0
    wrong = int(rng.integers(5, 60)) if tumour or rng.random() < 0.6 else 0
    return [found, wrong, tumour - found, int(rng.integers(0, wrong + 1)), gland]


def draw_runs():
    experts = [draw_expert(p) for p in range(PATIENTS)]
    cells = [(v, f, None, s) for s in range(SEEDS) for f in range(FOLDS) for v in range(VARIANTS)]
    cells += [(v, CHOSEN, level, s) for s in range(SEEDS) for level in range(LEVELS) for v in range(VARIANTS)]
    runs = {}
    for v, f, level, s in cells:
        counts = {p: [draw_slice(v, level, *e) for e in experts[p]] for p in range(PATIENTS) if p % FOLDS == f}
        if (v, f, level, s) not in ABSENT:
            runs[v, f, level, s] = counts
    return runs


def measure(counts):
    """The metrics of one slice, or of a patient's summed slices; NaN where one is undefined."""
    tp, fp, fn, fp_gland, gland, field = (float(c) for c in counts)
    expert = tp + fn > 0
    return {
        "dice": 2 * tp / (2 * tp + fp + fn) if expert else np.nan,
        "sensitivity": tp / (tp + fn) if expert else np.nan,
        "specificity": (field - tp - fp - fn) / (field - tp - fn),
        "gland-specificity": (gland - tp - fp_gland - fn) / (gland - tp - fn),
    }


def means(runs, metric, by_slice=False):
    """Mean over runs of every patient (or slice) for which the metric is defined, in order."""
    values = {}
    for counts in runs:
        for patient, slices in counts.items():
            units = np.array([[*s, FIELD] for s in slices])
            for i, unit in enumerate(units if by_slice else [units.sum(axis=0)]):
                values.setdefault((patient, i), []).append(measure(unit)[metric])
    return {k: float(np.mean(values[k])) for k in sorted(values) if not np.isnan(values[k]).any()}


def spread(values):
    v = np.array(list(values.values()))
    return {"n": len(v), "mean": float(v.mean()), "deviation": float(v.std(ddof=1))}


def false_alarms(runs):
    marked = {}
    for counts in runs:
        for patient, slices in counts.items():
            for i, (tp, fp, fn, _, _) in enumerate(slices):
                if tp + fn == 0:
                    marked.setdefault((patient, i), []).append(float(tp + fp > 0))
    return spread({k: np.mean(v) for k, v in marked.items()})


def select(runs, variant, folds, level, seeds=range(SEEDS)):
    return {(f, s): runs[variant, f, level, s] for f in folds for s in seeds if (variant, f, level, s) in runs}


def paired(runs, variant, folds, level, metric, seeds=range(SEEDS)):
    """Both variants' values of the same patients, from the replicates that both have."""
    own, base = select(runs, variant, folds, level, seeds), select(runs, 0, folds, level, seeds)
    shared = [k for k in own if k in base]
    a, b = means([own[k] for k in shared], metric), means([base[k] for k in shared], metric)
    assert list(a) == list(b)
    return np.array(list(a.values())), np.array(list(b.values()))


def with_ties(d):
    """The exact p-value given the ties, which SciPy 1.10 does not have: all ways to sign the ranks, counted in whole numbers."""
    ranks, ways = stats.rankdata(abs(d)), {0.0: 1}
    for rank in ranks:
        ways = {total: ways.get(total, 0) + ways.get(total - rank, 0) for total in {*ways, *(t + rank for t in ways)}}
    least = min(ranks[d > 0].sum(), ranks[d < 0].sum())
    return min(1, 2 * sum(count for total, count in ways.items() if total <= least) / 2 ** len(d))


def compare(a, b):
    d = np.round(a - b, 9)
    plain = np.all(d != 0) and len(set(abs(d))) == len(d)
    assert np.count_nonzero(d) <= 50
    p = stats.wilcoxon(d, zero_method="wilcox", correction=False, mode="exact").pvalue if plain else with_ties(d[d != 0])
    ranks = stats.rankdata(abs(d[d != 0]))
    signs = np.sign(d[d != 0])
    return {"pairs": len(d), "p": float(p), "effect": float((ranks * signs).sum() / ranks.sum()),
            "difference": float(a.mean() - b.mean()), "gain": float(a.mean() / b.mean() - 1)}


def correct(family):
    """Holm's correction, within one metric."""
    for metric in {c["metric"] for c in family}:
        members = [c for c in family if c["metric"] == metric]
        for c, p in zip(members, multipletests([c["p"] for c in members], method="holm")[1]):
            c.update(holm=float(p), family=len(members))
    return family


def table_row(runs, variant):
    own = select(runs, variant, range(FOLDS), None)
    complete = [s for s in range(SEEDS) if all((f, s) in own for f in range(FOLDS))]
    seeds = [np.mean(list(means([r for (_, t), r in own.items() if t == s], "dice").values())) for s in range(SEEDS)]
    return {
        "completed": len(own),
        "slice": {m: spread(means(own.values(), m, by_slice=True)) for m in ("dice", "sensitivity", "specificity", "gland-specificity")},
        "patient": {m: spread(means(own.values(), m)) for m in ("dice", "sensitivity", "specificity", "gland-specificity")},
        "falseAlarms": false_alarms(own.values()),
        "seeds": [float(m) for m in seeds],
        "seedDeviation": float(np.std([seeds[s] for s in complete], ddof=1)) if len(complete) > 1 else None,
    }


def distribution(runs, variant, level, metric):
    own = select(runs, variant, [CHOSEN], level)
    values = np.array(list(means(own.values(), metric).values()))
    seeds = []
    for s in range(SEEDS):
        alone = select(runs, variant, [CHOSEN], level, [s])
        if alone:
            a, b = paired(runs, variant, [CHOSEN], level, metric, [s])
            seeds.append({"seed": s, "median": float(np.median(list(means(alone.values(), metric).values()))),
                          "gain": float(np.median(a) / np.median(b) - 1) if variant else None})
    return {"variant": variant, "level": level, "metric": metric, "completed": len(own), "values": list(values), "seeds": seeds}


def gain(runs, variant, level, metric):
    a, b = paired(runs, variant, [CHOSEN], level, metric)
    return {"variant": variant, "level": level, "metric": metric, "median": float(np.median(a)), "baselineMedian": float(np.median(b)),
            "medianGain": float(np.median(a) / np.median(b) - 1), **compare(a, b)}


POSITIVES = [16, 8, 4, 2]


def trend(runs, variant, metric):
    """NumPy's straight line through each seed's mean difference over minus log2 of the training patients, and SciPy's test of the seeds."""
    slopes, contrasts = [], []
    for s in range(SEEDS):
        pairs = [paired(runs, variant, [CHOSEN], level, metric, [s]) for level in (None, *range(LEVELS))]
        if all(len(a) for a, _ in pairs):
            gains = [float((a - b).mean()) for a, b in pairs]
            slopes.append(float(np.polyfit(-np.log2(POSITIVES), gains, 1)[0]))
            contrasts.append(gains[-1] - gains[0])
    return {"variant": variant, "metric": metric, "slopes": len(slopes), "slope": float(np.mean(slopes)), "contrast": float(np.mean(contrasts)),
            "p": float(stats.ttest_1samp(slopes, 0).pvalue) if len(slopes) > 1 else None}


runs = draw_runs()
figure = [(m, level, v) for m in ("dice", "sensitivity") for level in (None, *range(LEVELS)) for v in range(VARIANTS)]
print(json.dumps({
    "runs": [{"variant": v, "fold": f, "level": level, "seed": s, "patients": [{"id": f"p{p:03d}", "slices": c} for p, c in counts.items()]}
             for (v, f, level, s), counts in runs.items()],
    "rows": [table_row(runs, v) for v in range(VARIANTS)],
    "comparisons": correct([{"variant": v, "metric": m, **compare(*paired(runs, v, range(FOLDS), None, m))}
                            for m in ("dice", "sensitivity", "gland-specificity") for v in (1, 2)]),
    "distributions": [distribution(runs, v, level, m) for m, level, v in figure],
    "gains": correct([gain(runs, v, level, m) for m, level, v in figure if v]),
    "positives": POSITIVES,
    "trends": [trend(runs, v, m) for m in ("dice", "sensitivity") for v in (1, 2)],
}).replace('{"variant"', '\n{"variant"'))
