"""A small world of evidence: discs, which count as scans, and stripes, which do not."""

import numpy as np
import numpy.typing as npt

from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.facts import frame_facts
from tests.fakes import head

SIDE = 64
FEATURES = 20


def stripes(seed: int) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.integers(0, 256, (16, 1)), 4, axis=0)
    return np.asarray(np.repeat(rows, SIDE, axis=1), np.uint8)


def evidence(pictures: list[npt.NDArray[np.uint8]], seed: int = 0) -> Evidence:
    """What a network of no knowledge finds in some pictures: features of random projections."""
    rng = np.random.default_rng(7)
    squares = np.stack(pictures)
    mixing = rng.normal(size=(SIDE * SIDE, FEATURES)) / SIDE
    features = np.maximum(squares.reshape(len(squares), -1) / 255 @ mixing, 0)
    return Evidence(
        facts=np.stack([frame_facts(one) for one in pictures]),
        colourfulness=np.zeros(len(squares), np.float32),
        squares=squares,
        features=features.astype(np.float32),
        logits=(features @ rng.normal(size=(FEATURES, 4))).astype(np.float32),
    )


def scans_and_strangers(count: int) -> tuple[Evidence, npt.NDArray[np.bool_]]:
    """``count`` of each kind, and which are scans."""
    pictures = [head(at % 4, SIDE, seed=at) for at in range(count)]
    pictures += [stripes(at) for at in range(count)]
    return evidence(pictures), np.arange(2 * count) < count
