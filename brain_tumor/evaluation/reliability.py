"""How far the probabilities can be believed: calibration, likelihood, selective prediction."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brain_tumor.model.calibration import check_labels, log_softmax


def check_probabilities(probs: ArrayLike) -> NDArray[np.float64]:
    """Return `probs` as float64 (N, C); raise ValueError unless each row is a distribution."""
    array = np.asarray(probs, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 2:
        raise ValueError(
            "probabilities must be (images, classes) with at least one image and two classes. "
            f"Received: shape {array.shape}."
        )
    # Written so that NaN fails: every comparison with it is false.
    if not (array.min() >= 0 and np.abs(array.sum(axis=1) - 1).max() <= 1e-3):
        raise ValueError(
            "probabilities must be finite, 0 or more, and sum to 1 in each row. Received: values "
            f"{array.min():.4g} .. {array.max():.4g}. Pass logits through softmax first."
        )
    return array


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The images whose top probability lies in (low, high]: one bar of a reliability diagram."""

    low: float
    high: float
    count: int
    confidence: float | None
    """Mean top probability; None in an empty bin."""
    accuracy: float | None
    """Share that is right; None in an empty bin."""


def reliability_bins(
    probs: ArrayLike, labels: ArrayLike, bins: int = 15
) -> tuple[ReliabilityBin, ...]:
    """Sort the images of `probs` (N, C) into equal-width bins of their top probability.

    Bin m of M is ((m-1)/M, m/M], as in Guo et al. 2017; empty bins are kept, with count 0.
    Raises ValueError for probabilities or labels (N,) out of range, or fewer than one bin.
    """
    array = check_probabilities(probs)
    truth = check_labels(labels, *array.shape)
    if bins < 1:
        raise ValueError(f"bins must be 1 or more. Received: {bins}.")
    top = array.max(axis=1)
    correct = array.argmax(axis=1) == truth
    edges = np.linspace(0, 1, bins + 1)
    # Rounding may lift a top probability just above 1.
    place = np.digitize(np.minimum(top, 1.0), edges, right=True) - 1
    return tuple(
        _bin(edges[m], edges[m + 1], top[place == m], correct[place == m]) for m in range(bins)
    )


def _bin(
    low: float, high: float, top: NDArray[np.float64], correct: NDArray[np.bool_]
) -> ReliabilityBin:
    if not len(top):
        return ReliabilityBin(float(low), float(high), 0, None, None)
    return ReliabilityBin(
        float(low), float(high), len(top), float(top.mean()), float(correct.mean())
    )


def expected_calibration_error(probs: ArrayLike, labels: ArrayLike, bins: int = 15) -> float:
    """Return the mean gap, in [0, 1], between the top probability and the share that is right.

    Equal-width bins of the top probability, each weighed by its images: Naeini et al.,
    "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015; Guo et al. 2017.
    On a few hundred images it is above 0 even for perfect probabilities: read it beside the
    negative log likelihood. `probs` is (N, C), `labels` (N,). Raises as `reliability_bins`.
    """
    return ece_of(reliability_bins(probs, labels, bins))


def ece_of(bins: tuple[ReliabilityBin, ...]) -> float:
    """Return the expected calibration error of images already sorted into `bins`."""
    total = sum(one.count for one in bins)
    gaps = (
        one.count * abs(one.accuracy - one.confidence)
        for one in bins
        if one.accuracy is not None and one.confidence is not None
    )
    return sum(gaps) / total


def negative_log_likelihood(
    logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0
) -> float:
    """Return the mean of -ln p(label), 0 or more, in nats an image.

    From `logits` (N, C) rather than probabilities, so that a sure and wrong answer costs what it
    should and nothing is clipped. `labels` is (N,). Raises ValueError as `log_softmax` does and
    for labels out of range.
    """
    log_probs = log_softmax(logits, temperature)
    truth = check_labels(labels, *log_probs.shape)
    # `+ 0.0` so that a perfect set gives 0.0, not -0.0.
    return float(-log_probs[np.arange(len(truth)), truth].mean()) + 0.0


def brier_score(probs: ArrayLike, labels: ArrayLike) -> float:
    """Return the mean squared distance of `probs` (N, C) from the labels (N,), in [0, 2].

    Brier, "Verification of Forecasts Expressed in Terms of Probability", 1950: summed over the
    classes. Two-class scores quoted in [0, 1] are half of it.
    """
    array = check_probabilities(probs)
    truth = check_labels(labels, *array.shape)
    return float(((array - np.eye(array.shape[1])[truth]) ** 2).sum(axis=1).mean())


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Answer only where the confidence is `threshold` or more: `coverage` answered, `risk` wrong.

    `coverage` is a share of all images, `risk` a share of those answered.
    """

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The risk-coverage curve, thresholds falling and coverage rising to 1."""

    points: tuple[CoveragePoint, ...]
    area: float
    """Area under the curve: the risk, averaged over the image at which one stops. Lower is
    better."""

    def at_coverage(self, coverage: float) -> CoveragePoint:
        """Return the strictest threshold that still answers at least `coverage` of the images."""
        if not 0 < coverage <= 1:
            raise ValueError(f"coverage must lie in (0, 1]. Received: {coverage}.")
        # 0.3 of 10 images is 3 images, although 0.3 * 10 in floating point may be a hair more.
        return next(p for p in self.points if p.coverage >= coverage - 1e-9)

    def at_risk(self, risk: float) -> CoveragePoint | None:
        """Return the point of largest coverage whose risk is at most `risk`; None if none is."""
        return next((p for p in reversed(self.points) if p.risk <= risk), None)


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> RiskCoverage:
    """Return the error rate among the images answered, for every threshold on confidence.

    El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010;
    Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", 2017. `confidence`
    is (N,), finite, larger = surer; `correct` is (N,) bool. Images of equal confidence are
    answered together: no threshold can part them. Raises ValueError for empty or unlike shapes.
    """
    sure, right = _check_selective(confidence, correct)
    order = np.argsort(-sure, kind="stable")
    sure, wrong = sure[order], ~right[order]
    last = np.flatnonzero(np.append(np.diff(sure) != 0, True))
    answered = last + 1
    risk = np.cumsum(wrong)[last] / answered
    points = tuple(
        CoveragePoint(float(sure[i]), float(k / len(sure)), float(r))
        for i, k, r in zip(last, answered, risk, strict=True)
    )
    area = float((risk * np.diff(answered, prepend=0)).sum() / len(sure))
    return RiskCoverage(points, area)


def _check_selective(
    confidence: ArrayLike, correct: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    sure = np.asarray(confidence, dtype=np.float64)
    right: NDArray[Any] = np.asarray(correct)
    if sure.ndim != 1 or not len(sure) or right.shape != sure.shape or right.dtype != np.bool_:
        raise ValueError(
            "confidence must be (N,) with N >= 1 and correct a bool array of the same shape. "
            f"Received: {sure.shape} and {right.shape} {right.dtype}."
        )
    if not np.isfinite(sure).all():
        raise ValueError("confidence must be finite. Received: NaN or infinity.")
    return sure, right
