"""Turn the network's scores into probabilities that mean what they say.

NumPy alone: `softmax` is on the serving path.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

TEMPERATURE_MIN: Final = 0.05
TEMPERATURE_MAX: Final = 10.0
"""`fit_temperature` never leaves these bounds."""

REVIEW_ACCURACY: Final = 0.995
"""Accuracy on validation that the answers at or above the review threshold must reach."""

_HALVINGS: Final = 60  # narrows 0.1 .. 20 to 2e-17, as fine as float64 resolves


def check_logits(logits: ArrayLike) -> NDArray[np.floating[Any]]:
    """Return `logits` as a float array (N, C), float64 kept and all else made float32.

    Raises ValueError where it is not (N >= 1, C >= 2) or holds NaN or an infinity.
    """
    array = np.asarray(logits)
    if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 2:
        raise ValueError(
            "logits must be (images, classes) with at least one image and two classes. "
            f"Received: shape {array.shape}."
        )
    checked = array if array.dtype == np.float64 else array.astype(np.float32)
    if not np.isfinite(checked).all():
        bad = int((~np.isfinite(checked).all(axis=1)).sum())
        raise ValueError(
            f"logits must be finite. Received: NaN or infinity in {bad} of {len(checked)} rows. "
            "Look at the weights and at the input of those images."
        )
    return checked


def check_labels(labels: ArrayLike, images: int, classes: int) -> NDArray[np.int64]:
    """Return `labels` as int64 (images,), each in 0 .. classes-1; else raise ValueError."""
    array = np.asarray(labels)
    if array.shape != (images,):
        raise ValueError(
            f"labels must be one per image, shape ({images},). Received: shape {array.shape}."
        )
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"labels must be class indices of an integer type. Received: {array.dtype}."
        )
    if array.min() < 0 or array.max() >= classes:
        raise ValueError(
            f"labels must lie in 0 .. {classes - 1}. Received: {array.min()} .. {array.max()}."
        )
    return array.astype(np.int64)


def _check_temperature(temperature: float) -> None:
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be a finite number above 0. Received: {temperature}.")


def log_softmax(logits: ArrayLike, temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the log probabilities, float64 (N, C), of `logits` (N, C) / `temperature`.

    The row's largest score is taken off first, so no score is too large for `exp`.
    Raises ValueError for logits that are not finite or a temperature that is not positive.
    """
    _check_temperature(temperature)
    scaled = check_logits(logits).astype(np.float64)
    scaled = (scaled - scaled.max(axis=1, keepdims=True)) / temperature
    return scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))


def softmax(logits: ArrayLike, temperature: float = 1.0) -> NDArray[np.floating[Any]]:
    """Return probabilities (N, C) in [0, 1], each row summing to 1.

    `logits` is (N, C), columns in the order of `brain_tumor.CLASSES`. A temperature above 1
    makes the probabilities less certain; it never changes which class comes first. float64 in
    gives float64 out, anything else float32; the sums are made in float64 either way.
    Raises ValueError for logits that are not finite or a temperature that is not positive.
    """
    checked = check_logits(logits)
    return np.exp(log_softmax(checked, temperature)).astype(checked.dtype)


def fit_temperature(logits: ArrayLike, labels: ArrayLike, pseudo_images: float = 0.5) -> float:
    """Return the temperature that minimises the negative log likelihood of `labels`.

    Temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    `logits` is (N, C); `labels` is (N,) of class indices. Fit on images that took no part in
    training. Write b for 1/temperature: the loss is convex in b, so the zero of its derivative,
    found by bisection, is the one minimum. The answer is always within
    [`TEMPERATURE_MIN`, `TEMPERATURE_MAX`] = [0.05, 10].

    On a set without a mistake the plain loss falls for ever as the temperature goes to 0, and
    with a handful of mistakes the minimum hangs on one or two images. So the fit adds the weight
    of `pseudo_images` images whose class was drawn by lot, as label smoothing does and Platt
    ("Probabilistic Outputs for Support Vector Machines", 1999) did for two classes. In simulated
    sets of 560 images with 0.75 % mistakes, half an image cut the mean excess loss from 0.034 to
    0.001 (worst of 100 fits: 0.64 to 0.004) for a small lean to the less certain side;
    0 gives the plain fit.

    Scores that are equal in every row say nothing of the temperature: the answer is 1.
    Raises ValueError for an empty set, scores that are not finite, or labels out of range.
    """
    scores = check_logits(logits).astype(np.float64)
    truth = check_labels(labels, *scores.shape)
    if not (np.isfinite(pseudo_images) and pseudo_images >= 0):
        raise ValueError(f"pseudo_images must be 0 or more. Received: {pseudo_images}.")
    scores -= scores.max(axis=1, keepdims=True)
    if not scores.any():
        return 1.0

    share = pseudo_images / (len(scores) + pseudo_images)
    labelled = float(scores[np.arange(len(scores)), truth].mean())
    target = (1 - share) * labelled + share * float(scores.mean())

    def slope(inverse: float) -> float:
        """Return d loss / d inverse: the expected score less the score of the targets."""
        weights = np.exp(inverse * scores)
        weights /= weights.sum(axis=1, keepdims=True)
        return float((weights * scores).sum(axis=1).mean()) - target

    low, high = 1 / TEMPERATURE_MAX, 1 / TEMPERATURE_MIN
    if slope(low) >= 0:
        return TEMPERATURE_MAX
    if slope(high) <= 0:
        return TEMPERATURE_MIN
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 2 / (low + high)


def review_threshold(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Return the lowest probability above which `REVIEW_ACCURACY` of the answers are right.

    Selective prediction: Geifman and El-Yaniv, "Selective Classification for Deep Neural
    Networks", 2017, without their bound. `probabilities` is (N, C), calibrated; `labels` is (N,)
    of class indices, of images that took no part in training. The threshold is one of the
    probabilities; 1 where no threshold reaches the accuracy. With N images it rests on a handful
    of mistakes, so that other images reach the accuracy only about.
    """
    values = np.asarray(probabilities)
    truth = check_labels(labels, *values.shape)
    confidence = values.max(axis=1)
    right = values.argmax(axis=1) == truth
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # No threshold parts images of equal confidence.
    last = np.append(np.diff(confidence[order]) != 0, True)
    good = np.flatnonzero((accuracy >= REVIEW_ACCURACY) & last)
    return float(confidence[order[good[-1]]]) if good.size else 1.0
