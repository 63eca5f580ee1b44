"""Does the word for an answer's stability tell whether the answer is right?"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from brain_tumor import CLASSES
from brain_tumor.data.dataset import Item, load_scans
from brain_tumor.errors import DecodeError
from brain_tumor.evaluation.comparison import accuracy_with_interval
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.parts import review
from brain_tumor.evaluation.report import (
    ReviewChoice,
    StabilityReport,
    ValidationReport,
    WordReport,
)
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.model.calibration import REVIEW_ACCURACY, review_threshold
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.stability import ALTERATIONS, WORDS, Stability, measure_stability


@dataclass(frozen=True, slots=True)
class Held:
    """One image: its class's index in ``CLASSES``, its answer, and how that holds."""

    label: int
    answer: Answer
    stability: Stability

    @property
    def right(self) -> bool:
        """Whether the answer is."""
        return self.answer.label == CLASSES[self.label]


def hold(
    classifier: Classifier, items: Sequence[Item], progress: Callable[[], object] | None = None
) -> list[Held]:
    """Classify images and their altered copies; those that cannot be read are left out.

    Args:
        classifier: the network.
        items: the images.
        progress: called after each image.
    """
    held: list[Held] = []
    for item, scan in load_scans(items):
        if not isinstance(scan, DecodeError):
            answer = classifier.classify(scan)
            held.append(Held(item.label, answer, measure_stability(classifier, scan, answer)))
        if progress is not None:
            progress()
    return held


def stability_report(held: Sequence[Held], threshold: float) -> StabilityReport | None:
    """Count how often each word is given, and how often it goes with a right answer.

    Args:
        held: the images; without any there is no report.
        threshold: the review threshold, 0..1.
    """
    if not held:
        return None
    tipped = Counter(
        variant.name
        for one in held
        for variant in one.stability.variants
        if variant.label != one.stability.label
    )
    return StabilityReport(
        images=len(held),
        words=tuple(_word_report(word, held, threshold) for word in WORDS),
        tipped={change.name: tipped[change.name] for change in ALTERATIONS},
    )


def _word_report(word: str, held: Sequence[Held], threshold: float) -> WordReport:
    given = [one for one in held if one.stability.word == word]
    return WordReport(
        word=word,
        given=Proportion.of(len(given), len(held)),
        accuracy=_accuracy(given),
        accuracy_above_threshold=_accuracy(
            [one for one in given if one.answer.confidence >= threshold]
        ),
    )


def _accuracy(held: Sequence[Held]) -> Proportion | None:
    return Proportion.of(sum(one.right for one in held), len(held)) if held else None


def validation_report(held: Sequence[Held], info: BundleInfo) -> ValidationReport | None:
    """Say how the review threshold was chosen, and how answers hold, on validation images.

    Args:
        held: the images that the bundle names; without any there is no report.
        info: the bundle's record.
    """
    stability = stability_report(held, info.review_threshold)
    if stability is None:
        return None
    labels = np.array([one.label for one in held])
    probabilities = np.stack([one.answer.probabilities for one in held])
    logits = np.stack([one.answer.logits for one in held]).astype(np.float64)
    return ValidationReport(
        images=len(held),
        accuracy=accuracy_with_interval(probabilities.argmax(axis=1), labels),
        choice=ReviewChoice(
            target_accuracy=REVIEW_ACCURACY,
            chosen_again=review_threshold(probabilities, labels),
            review=review(logits, labels, info.temperature, info.review_threshold),
        ),
        stability=stability,
    )
