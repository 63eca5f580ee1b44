"""Two answers to the same images: right or wrong, alike or not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brain_tumor.evaluation.intervals import Proportion


def check_pair(a: ArrayLike, b: ArrayLike, what: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return `a` and `b` as arrays of one shape (N,), N >= 1; else raise ValueError."""
    first, second = np.asarray(a), np.asarray(b)
    if first.ndim != 1 or not len(first) or first.shape != second.shape:
        raise ValueError(
            f"{what} must be two arrays (N,) of the same images, with at least one image. "
            f"Received: shapes {first.shape} and {second.shape}."
        )
    return first, second


def accuracy_with_interval(
    predicted: ArrayLike, labels: ArrayLike, confidence: float = 0.95
) -> Proportion:
    """Return the share of `predicted` (N,) class indices equal to `labels` (N,)."""
    guess, truth = check_pair(predicted, labels, "predicted and labels")
    return Proportion.of(int((guess == truth).sum()), len(truth), confidence)


def agreement(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Proportion:
    """Return the share of images on which two predictors name the same class.

    `a` and `b` are class indices (N,) for the same images in the same order, such as the float32
    and the int8 network's.
    """
    first, second = check_pair(a, b, "a and b")
    return Proportion.of(int((first == second).sum()), len(first), confidence)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Images that only one of two predictors gets right, and how likely so uneven a split is."""

    only_a: int
    only_b: int
    p_value: float


def mcnemar(correct_a: ArrayLike, correct_b: ArrayLike) -> McNemar:
    """Test whether two predictors' error rates differ on the same images (exact, two-sided).

    McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions", 1947,
    by the binomial distribution, which holds for few discordant images too. Both inputs are
    (N,) bool. Predictors that never differ give p = 1.
    """
    from scipy.stats import binomtest

    a, b = check_pair(correct_a, correct_b, "correct_a and correct_b")
    if a.dtype != np.bool_ or b.dtype != np.bool_:
        raise ValueError(
            f"correct_a and correct_b must be bool arrays. Received: {a.dtype} and {b.dtype}."
        )
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    discordant = only_a + only_b
    p_value = float(binomtest(only_a, discordant).pvalue) if discordant else 1.0
    return McNemar(only_a, only_b, p_value)
