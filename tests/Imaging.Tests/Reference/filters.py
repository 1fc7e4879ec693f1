"""Pins SciPy's Gaussian filter and bilinear sampling: python3 filters.py > filters.json  (NumPy 1.24.2, SciPy 1.10.1)"""
import json
import sys

import numpy as np
from scipy import ndimage

n = 9
image = np.array([[((7 * r * r + 3 * c * c * c + 5 * r * c) % 23) / 23 for c in range(n)] for r in range(n)])
points = [(0.0, 0.0), (3.25, 4.5), (8.0, 8.0), (-1.5, 2.75), (4.1, 9.3), (7.999, 0.001), (2.0, -0.4)]
blurs = [
    {"sigma": sigma, "mode": mode, "values": ndimage.gaussian_filter(image, sigma, mode=mode).ravel().tolist()}
    for mode in ("wrap", "reflect")
    for sigma in (0.3, 0.8, 2.0, 4.0)
]
sampled = ndimage.map_coordinates(image, np.array(points).T, order=1, mode="nearest").tolist()
json.dump({"size": n, "image": image.ravel().tolist(), "blurs": blurs, "points": points, "sampled": sampled}, sys.stdout)
print()
