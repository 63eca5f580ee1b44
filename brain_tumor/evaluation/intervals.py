"""Shares with the interval that their number of images allows."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Self


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval (low, high) of a share, both within [0, 1].

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927, without
    continuity correction. It keeps its coverage near 0 and 1, where accuracies lie. It takes the
    images as independent: slices of one patient are not, so for them it is too narrow.
    Raises ValueError unless 0 <= successes <= n, n >= 1 and 0 < confidence < 1.
    """
    if n < 1:
        raise ValueError(f"a share needs at least one image. Received: n={n}.")
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie in 0 .. {n}. Received: {successes}.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1. Received: {confidence}.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    # At the ends the formula gives 0 and 1 but for rounding.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return low, high


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of `n` images, `value` = successes / n, with its Wilson interval low .. high."""

    successes: int
    n: int
    value: float
    low: float
    high: float
    confidence: float

    @classmethod
    def of(cls, successes: int, n: int, confidence: float = 0.95) -> Self:
        """Count `successes` among `n`; raise ValueError where `wilson_interval` does."""
        low, high = wilson_interval(successes, n, confidence)
        return cls(successes, n, successes / n, low, high, confidence)
