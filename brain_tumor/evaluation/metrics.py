"""How good a classifier is, each number with what it needs to be read.

scikit-learn (the `train` extra) is imported where it is used, so that importing this module
needs NumPy alone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brain_tumor import CLASSES
from brain_tumor.evaluation.comparison import (
    McNemar,
    accuracy_with_interval,
    agreement,
    check_pair,
    mcnemar,
)
from brain_tumor.evaluation.intervals import Proportion, wilson_interval
from brain_tumor.evaluation.reliability import (
    CoveragePoint,
    ReliabilityBin,
    RiskCoverage,
    brier_score,
    check_probabilities,
    ece_of,
    expected_calibration_error,
    negative_log_likelihood,
    reliability_bins,
    risk_coverage,
)
from brain_tumor.model.calibration import check_labels, softmax

__all__ = [
    "ClassMetrics",
    "ClassificationReport",
    "CoveragePoint",
    "McNemar",
    "Proportion",
    "ReliabilityBin",
    "RiskCoverage",
    "accuracy_with_interval",
    "agreement",
    "brier_score",
    "classification_report",
    "confusion_matrix",
    "expected_calibration_error",
    "mcnemar",
    "negative_log_likelihood",
    "per_class",
    "reliability_bins",
    "risk_coverage",
    "roc_auc",
    "wilson_interval",
]

REPORTED_COVERAGES: Final = (0.5, 0.8, 0.9, 0.95, 1.0)


def confusion_matrix(
    predicted: ArrayLike, labels: ArrayLike, classes: int = len(CLASSES)
) -> NDArray[np.int64]:
    """Return counts, int64 (classes, classes): row = true class, column = predicted class."""
    from sklearn.metrics import confusion_matrix as count

    guess, truth = check_pair(predicted, labels, "predicted and labels")
    truth = check_labels(truth, len(truth), classes)
    guess = check_labels(guess, len(truth), classes)
    return np.asarray(count(truth, guess, labels=range(classes)), dtype=np.int64)


def roc_auc(probs: ArrayLike, labels: ArrayLike) -> tuple[float | None, ...]:
    """Return each class's one-vs-rest area under the ROC curve, in [0, 1].

    `probs` is (N, C), `labels` (N,). None for a class that no image has, or that all have: there
    is nothing to rank it against.
    """
    from sklearn.metrics import roc_auc_score

    array = check_probabilities(probs)
    truth = check_labels(labels, *array.shape)
    counts = np.bincount(truth, minlength=array.shape[1])
    return tuple(
        float(roc_auc_score(truth == c, array[:, c])) if 0 < count < len(truth) else None
        for c, count in enumerate(counts)
    )


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class against the rest. What has no denominator is None, not 0."""

    name: str
    support: int
    """Images of this class."""
    predicted: int
    """Images called this class."""
    precision: float | None
    """None where no image is called this class."""
    recall: Proportion | None
    """Sensitivity, with its interval; None where no image is of this class."""
    f1: float | None
    """None where no image is of this class nor called it."""
    roc_auc: float | None
    """None where no image is of this class, or every one is."""


def per_class(
    probs: ArrayLike, labels: ArrayLike, classes: Sequence[str] = CLASSES
) -> tuple[ClassMetrics, ...]:
    """Return precision, recall, F1, support and ROC AUC of each class, in the order of `classes`.

    `probs` is (N, C) with C = len(classes), `labels` (N,). The class of an image is its most
    probable one, the first on a tie. Raises ValueError for values or shapes out of range.
    """
    from sklearn.metrics import precision_recall_fscore_support

    array = check_probabilities(probs)
    truth = check_labels(labels, *array.shape)
    if len(classes) != array.shape[1]:
        raise ValueError(
            f"there must be one column per class. Received: {array.shape[1]} columns for "
            f"{len(classes)} classes {tuple(classes)}."
        )
    table = confusion_matrix(array.argmax(axis=1), truth, len(classes))
    precision, _, f1, support = precision_recall_fscore_support(
        truth, array.argmax(axis=1), labels=range(len(classes)), zero_division=np.nan
    )
    areas = roc_auc(array, truth)
    return tuple(
        ClassMetrics(
            name=name,
            support=int(support[c]),
            predicted=int(table[:, c].sum()),
            precision=_number(precision[c]),
            recall=Proportion.of(int(table[c, c]), int(support[c])) if support[c] else None,
            f1=_number(f1[c]),
            roc_auc=areas[c],
        )
        for c, name in enumerate(classes)
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _macro(values: Sequence[float | None]) -> float | None:
    """Return the mean of the classes that have a value; None where none has."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None


@dataclass(frozen=True, slots=True)
class ClassificationReport:
    """Everything that is said of a classifier on one set of labelled images."""

    images: int
    temperature: float
    accuracy: Proportion
    macro_recall: float | None
    """Balanced accuracy. Macro values are means over the classes that have one."""
    macro_f1: float | None
    macro_roc_auc: float | None
    classes: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Row = true class, column = predicted class."""
    negative_log_likelihood: float
    brier: float
    expected_calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage_area: float
    coverage: tuple[CoveragePoint, ...]
    """The risk-coverage curve at `REPORTED_COVERAGES`."""

    def to_dict(self) -> dict[str, Any]:
        """Return lists, dicts, strings, numbers and None only: what `json` gives back as it was."""
        # Through json itself: it turns tuples into lists and refuses a NaN.
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain


def classification_report(
    logits: ArrayLike,
    labels: ArrayLike,
    temperature: float = 1.0,
    classes: Sequence[str] = CLASSES,
) -> ClassificationReport:
    """Judge `logits` (N, C), divided by `temperature`, against `labels` (N,) of class indices.

    Raises ValueError for an empty set, logits that are not finite, a temperature that is not
    positive, labels out of range, or a number of columns other than len(classes).
    """
    # In float64, so that near-certain images keep their order for the ROC and coverage curves.
    probs = softmax(np.asarray(logits, dtype=np.float64), temperature)
    truth = check_labels(labels, *probs.shape)
    each = per_class(probs, truth, classes)
    guess = probs.argmax(axis=1)
    table = confusion_matrix(guess, truth, len(classes))
    bins = reliability_bins(probs, truth)
    curve = risk_coverage(probs.max(axis=1), guess == truth)
    return ClassificationReport(
        images=len(truth),
        temperature=float(temperature),
        accuracy=accuracy_with_interval(guess, truth),
        macro_recall=_macro([one.recall.value if one.recall else None for one in each]),
        macro_f1=_macro([one.f1 for one in each]),
        macro_roc_auc=_macro([one.roc_auc for one in each]),
        classes=each,
        confusion=tuple(tuple(int(count) for count in row) for row in table),
        negative_log_likelihood=negative_log_likelihood(logits, truth, temperature),
        brier=brier_score(probs, truth),
        expected_calibration_error=ece_of(bins),
        reliability=bins,
        risk_coverage_area=curve.area,
        coverage=tuple(curve.at_coverage(share) for share in REPORTED_COVERAGES),
    )
