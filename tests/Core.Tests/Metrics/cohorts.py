"""Writes cohorts.json: made-up findings of cohorts and what SciPy and NumPy measure of them, for CohortFindingsTests.cs.

A patient that counts w times is w patients. AUROC: Mann and Whitney's U over the number of pairs (scipy.stats.mannwhitneyu). Lesion results as
PI-CAI lists them, one line per candidate and one with confidence -inf per lesion that none finds; average precision: at each distinct confidence
precision over the lines at or above it times the recall that it adds; FROC: share of lesions at the lowest threshold with at most so many false
alarms per patient; ECE: numpy, by bin. Run with any SciPy: python3 cohorts.py > cohorts.json
"""
import json

import numpy as np
from scipy.stats import mannwhitneyu

BINS = 10


def patient(rng, coarse):
    lesions = int(rng.integers(0, 4)) if rng.random() < 0.6 else 0
    hits = int(rng.integers(0, lesions + 1))
    draw = lambda n, mean: sorted((float(np.round(v, 0 if coarse else 4)) for v in rng.normal(mean, 2, n)), reverse=True)
    found = dict(lesions=lesions, hits=draw(hits, 1.5), falseAlarms=draw(int(rng.integers(0, 3)), 0))
    all_ = found['hits'] + found['falseAlarms']
    if all_:
        found['suspicion'] = max(all_)
    pixels = rng.integers(0, 200, BINS) * (rng.random(BINS) < 0.7)
    tumour = rng.binomial(pixels, (np.arange(BINS) + rng.random(BINS)) / BINS)
    sums = np.round(pixels * (np.arange(BINS) + rng.random(BINS)) / BINS, 4)
    found['reliability'] = dict(pixels=pixels.tolist(), tumour=tumour.tolist(), probability=sums.tolist())
    return found


def measure(patients, weights, rates):
    all_ = [p for p, w in zip(patients, weights) for _ in range(w)]
    suspicion = lambda wanted: [p.get('suspicion', -np.inf) for p in all_ if (p['lesions'] > 0) == wanted]
    sick, free = suspicion(True), suspicion(False)
    auroc = mannwhitneyu(sick, free).statistic / (len(sick) * len(free)) if sick and free else None
    lines = [(c, True) for p in all_ for c in p['hits']] + [(c, False) for p in all_ for c in p['falseAlarms']]
    lesions = sum(p['lesions'] for p in all_)
    ap, recall, froc = 0.0, 0.0, [0.0] * len(rates)
    for threshold in sorted({c for c, _ in lines}, reverse=True):
        above = [hit for c, hit in lines if c >= threshold]
        if lesions:
            ap += (sum(above) / lesions - recall) * sum(above) / len(above)
            recall = sum(above) / lesions
            froc = [recall if len(above) - sum(above) <= r * len(all_) else f for r, f in zip(rates, froc)]
    total = {k: np.sum([p['reliability'][k] for p in all_], axis=0) for k in ('pixels', 'tumour', 'probability')}
    n = total['pixels'].sum()
    ece = float(np.abs(total['probability'] - total['tumour']).sum() / n) if n else None
    return dict(auroc=auroc, averagePrecision=ap if lesions else None, froc=froc if lesions else None, calibrationError=ece)


RATES = [0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0]
rng = np.random.default_rng(14)
cases = []
for i, n in enumerate((1, 2, 5, 12, 40) * 3):
    patients = [patient(rng, coarse=i % 2 == 0) for _ in range(n)]
    weights = [1] * n if i < 5 else np.bincount(rng.integers(0, n, n), minlength=n).tolist()
    cases.append(dict(patients=patients, weights=weights, **measure(patients, weights, RATES)))
print(json.dumps(dict(rates=RATES, cases=cases)))
