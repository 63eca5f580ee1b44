"""Accuracy on a split as it is, and on what is left of it without copies of training images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.data.dataset import TRAINING, Item
from brain_tumor.data.duplicates import duplicate_free
from brain_tumor.evaluation.comparison import accuracy_with_interval
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.metrics import classification_report
from brain_tumor.evaluation.report import Part, Review
from brain_tumor.evaluation.survey import Survey
from brain_tumor.model.calibration import softmax
from brain_tumor.pipeline import Answer, Prepared

ALL: Final = "all"
NO_COPIES: Final = "no_copies"
NO_MIRRORED_COPIES: Final = "no_mirrored_copies"

DESCRIPTIONS: Final = {
    ALL: "all images",
    NO_COPIES: "without near-duplicates of training images",
    NO_MIRRORED_COPIES: "also without mirrored, flipped or turned ones",
}

THRESHOLDS: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995)
"""Review thresholds at which the risk-coverage curve is recorded; it is steep near 1."""

MIX_NOTE: Final = (
    "The parts without copies hold the classes in other shares than the whole, so compare the "
    "recalls rather than the accuracies."
)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The judged images and what the network says of each.

    Attributes:
        items: the N images.
        prepared: what the classifier read.
        answers: what it said.
        logits: float64 (N, 4).
        labels: int64 (N,), index in ``CLASSES``.
    """

    items: tuple[Item, ...]
    prepared: tuple[Prepared, ...]
    answers: tuple[Answer, ...]
    logits: NDArray[np.float64]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, seen: Survey, answers: Sequence[Answer]) -> "Judged":
        """Put answers beside the images of ``seen.prepared``, in that order."""
        items = tuple(item for item in seen.items if item.name in seen.prepared)
        return cls(
            items=items,
            prepared=tuple(seen.prepared.values()),
            answers=tuple(answers),
            logits=np.array([answer.logits for answer in answers], np.float64),
            labels=np.array([item.label for item in items], np.int64),
        )


def judge_parts(
    judged: Judged, seen: Survey, temperature: float, threshold: float
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Judge all images, those without near-duplicates in training, and those without flipped ones.

    Args:
        judged: the images and answers.
        seen: the survey that they come from.
        temperature: the bundle's.
        threshold: the bundle's review threshold, see ``review``.

    Returns:
        The parts that hold an image, and notes on those that could not be made.
    """
    if not judged.items:
        return (), ()
    parts: list[Part] = []
    notes: list[str] = []
    for name, chosen in _selections(judged, seen, notes):
        if chosen.any():
            parts.append(
                _part(name, judged.logits[chosen], judged.labels[chosen], temperature, threshold)
            )
        else:
            notes.append(f"No image is left {DESCRIPTIONS[name]}.")
    if len(parts) > 1:
        notes.append(MIX_NOTE)
    return tuple(parts), tuple(notes)


def _selections(
    judged: Judged, seen: Survey, notes: list[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    everything = (ALL, np.ones(len(judged.items), bool))
    training = np.array([item.split == TRAINING for item in seen.items])
    if not training.any():
        notes.append(
            "There is no Training folder: copies of training images cannot be told, and the "
            "accuracy may be that of images the network has learned."
        )
        return [everything]
    chosen = np.array([item.name in seen.prepared for item in seen.items])
    queries, references = seen.signatures[chosen], seen.signatures[training]
    return [
        everything,
        (NO_COPIES, duplicate_free(queries, references)),
        (NO_MIRRORED_COPIES, duplicate_free(queries, references, flips=True)),
    ]


def _part(
    name: str,
    logits: NDArray[np.float64],
    labels: NDArray[np.int64],
    temperature: float,
    threshold: float,
) -> Part:
    uncalibrated = classification_report(logits, labels)
    return Part(
        name=name,
        description=DESCRIPTIONS[name],
        classification=classification_report(logits, labels, temperature),
        uncalibrated_calibration_error=uncalibrated.expected_calibration_error,
        uncalibrated_negative_log_likelihood=uncalibrated.negative_log_likelihood,
        review=review(logits, labels, temperature, threshold),
        thresholds=tuple(review(logits, labels, temperature, one) for one in THRESHOLDS),
    )


def review(
    logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float, threshold: float
) -> Review:
    """Set aside the answers whose calibrated probability is under the threshold.

    Args:
        logits: (N, 4), N >= 1.
        labels: (N,), index in ``CLASSES``.
        temperature: divides the logits.
        threshold: 0..1; an answer at the threshold itself is kept.
    """
    # In float32, as the app compares them.
    probabilities = softmax(logits.astype(np.float32), temperature)
    kept = probabilities.max(axis=1) >= np.float32(threshold)
    guess = probabilities.argmax(axis=1)
    return Review(
        threshold=threshold,
        set_aside=Proportion.of(int((~kept).sum()), len(kept)),
        accuracy_on_rest=accuracy_with_interval(guess[kept], labels[kept]) if kept.any() else None,
    )
