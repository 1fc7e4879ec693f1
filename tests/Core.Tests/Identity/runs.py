"""Writes the canonical JSON of one run per scheme and its SHA-256, from the rules of docs/reference.md alone (Python's json and hashlib)."""
import hashlib
import json
import pathlib

ADAM = {"learningRate": 0.002, "beta1": 0.5, "beta2": 0.999, "halveEvery": 234}
D = {"channels": [8, 16, 32], "norm": "middle", "firstStride": 2, "leakySlope": 0.2}
ADVERSARY = {"network": D, "optimizer": {**ADAM, "learningRate": 0.0005, "halveEvery": 0}, "stepsPerSegmentorStep": 3}
SCHEMES = {
    "cross-entropy": {"kind": "cross-entropy", "optimizer": ADAM},
    "adversarial": {"kind": "adversarial", "adversary": ADVERSARY, "optimizer": ADAM},
    "hybrid": {"kind": "hybrid", "adversary": ADVERSARY, "lambda": 0.5, "optimizer": ADAM},
    "minimax": {"kind": "minimax", "adversary": ADVERSARY, "optimizer": ADAM},
    "dice-ce": {"kind": "dice-ce", "optimizer": ADAM},
}


def run(scheme):
    return {
        "cohortDigest": "c" * 64, "trainPositive": ["A1", "A2"], "trainNegative": ["F1"], "select": ["A3"], "test": ["A4"],
        "scheme": scheme,
        "protocol": {"cropSize": 48, "steps": 700, "evaluateEvery": 50, "batchSize": 5, "positiveShare": 0.7,
                     "augmentation": {"rotationRadians": 0.39269908169872414, "shiftPixels": 5.5, "mirror": True}},
        "segmentor": {"width": 8, "levels": 4, "convolutionsPerLevel": 2, "downsampling": "max-pool", "upsampling": "transposed-convolution",
                      "decoderActivation": "leaky-relu", "normalizeFirst": True, "leakySlope": 0.2},
        "seed": 18446744073709551615, "trainer": "torch", "trainerRevision": 1,
        "numerics": {"device": "cpu", "deviceName": "avx2", "precision": "fp32", "threads": 1, "libtorch": "2.10.0"},
    }


for name, scheme in SCHEMES.items():
    text = json.dumps(run(scheme), separators=(",", ":"))
    pathlib.Path(__file__).with_name(f"{name}.json").write_text(text)
    print(name, hashlib.sha256(text.encode()).hexdigest())
