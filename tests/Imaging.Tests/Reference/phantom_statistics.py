"""Measures phantom.py and pins mean, spread and kurtosis of each statistic: python3 phantom_statistics.py > phantom_statistics.json

Every statistic is one number per patient, so patients are independent samples; PhantomStatistics.cs computes the same numbers.
Made with Python 3.11, NumPy 1.24.2, SciPy 1.10.1.
"""
import json
import sys
from multiprocessing import Pool

import numpy as np

import phantom

SIZE, POSITIVE, NEGATIVE = 64, 240, 120
PIXEL_MM2 = (96 / SIZE) ** 2
TUMOUR, PERIPHERAL, TRANSITION = 1, 2, 3


def roughness(image):
    "root mean square of each inner pixel's difference from the mean of its four neighbours: noise and fine texture"
    inner = image[:, 1:-1, 1:-1]
    around = (image[:, :-2, 1:-1] + image[:, 2:, 1:-1] + image[:, 1:-1, :-2] + image[:, 1:-1, 2:]) / 4
    return np.sqrt(np.mean((inner - around) ** 2))


def quantile(values, q):
    ordered = np.sort(values, axis=None)
    return ordered[int((len(ordered) - 1) * q)]


def measure(args):
    seed, positive = args
    raw, labels = phantom.patient(seed, positive, SIZE)
    images = phantom.normalise(raw).astype(np.float64)
    t2, adc, b1500 = images[:, 0], images[:, 1] * 0.7 + 1.0, images[:, 2]
    s = {"slices": len(labels), "glandArea": np.mean(np.sum(labels > 0, (1, 2))) * PIXEL_MM2}
    if positive:
        s["tumourSlices"] = np.sum(np.any(labels == TUMOUR, (1, 2)))
    for name, value in (("tumour", TUMOUR), ("peripheral", PERIPHERAL), ("transition", TRANSITION)):
        mask = labels == value
        if name == "tumour" and not positive:
            continue
        area = np.sum(mask, (1, 2))
        s[name + "Area"] = np.mean(area[area > 0]) * PIXEL_MM2
        s[name + "Fraction"] = np.mean(mask)
        s[name + "T2w"] = t2[mask].mean()
        s[name + "Adc"] = adc[mask].mean()
        s[name + "AdcSpread"] = adc[mask].std()
        s[name + "B1500"] = b1500[mask].mean()
    outside = labels == 0
    s["outsideAdc"] = adc[outside].mean()
    s["outsideZeroAdc"] = np.mean(adc[outside] < 1e-6)
    for name, image in (("t2w", t2), ("b1500", b1500)):
        for q in (5, 50, 95, 99):
            s[f"{name}Quantile{q}"] = quantile(image, q / 100)
    s["t2wRoughness"], s["adcRoughness"], s["b1500Roughness"] = roughness(t2), roughness(adc), roughness(b1500)
    return {key: float(value) for key, value in s.items()}


def summary(patients):
    result = {}
    for key in patients[0]:
        v = np.array([p[key] for p in patients])
        centred = v - v.mean()
        spread = v.std(ddof=1)
        kurtosis = np.mean(centred ** 4) / np.mean(centred ** 2) ** 2 if spread > 0 else 3.0
        result[key] = {"mean": v.mean(), "spread": spread, "kurtosis": kurtosis}
    return result


if __name__ == "__main__":
    with Pool(2) as pool:
        positive = pool.map(measure, [(5_000_000 + i, True) for i in range(POSITIVE)])
        negative = pool.map(measure, [(6_000_000 + i, False) for i in range(NEGATIVE)])
    json.dump(
        {
            "positive": {"patients": POSITIVE, "statistics": summary(positive)},
            "negative": {"patients": NEGATIVE, "statistics": summary(negative)},
        },
        sys.stdout,
        indent=1,
    )
    print()
