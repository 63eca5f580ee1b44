"""What was measured of the weights in use: the figures that the app shows beside an answer.

They come from ``evaluation.json`` next to the weights, which the command ``evaluate`` writes. Of
weights that it is not about there are no figures.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from brain_tumor.evaluation.intervals import Proportion

EVALUATION: Final = "evaluation.json"
"""The file's name, in the folder of the weights."""

FORMAT: Final = 1
"""Of that file; changes whenever its fields change their meaning. A field that is not there was not
measured."""


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """What setting aside every answer less probable than ``threshold`` does on the test images.

    Attributes:
        threshold: calibrated probability, 0..1.
        set_aside: of all test images, those set aside for a person.
        rest: of the others, those classified rightly; None where there are no others.
    """

    threshold: float
    set_aside: Proportion
    rest: Proportion | None

    @property
    def coverage(self) -> float:
        """The share of the images that is answered, 0..1."""
        return 1 - self.set_aside.value


@dataclass(frozen=True, slots=True)
class WordAccuracy:
    """How often test images were given a word for their stability, and how often rightly so.

    Attributes:
        word: see ``stability.WORDS``.
        given: of all test images, those with this word.
        accuracy: of these, those classified rightly; None where there are none.
    """

    word: str
    given: Proportion
    accuracy: Proportion | None


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Figures of the weights on the test images of the public set.

    Attributes:
        date: of the evaluation, ISO 8601.
        accuracy: of all test images, those classified rightly, with its 95 % interval.
        calibration_error: expected calibration error, 0..1.
        review: at the threshold in use.
        curve: the risk-coverage curve (Geifman and El-Yaniv, 2017), by rising threshold.
        risk_coverage_area: the area under it, 0..1; lower is better.
        target_accuracy: what the threshold was chosen to reach on the validation images; None
            where these were not there.
        validation_images: how many they were.
        stability: by word; empty where it was not measured.
    """

    date: str
    accuracy: Proportion
    calibration_error: float
    review: ReviewPoint
    curve: tuple[ReviewPoint, ...]
    risk_coverage_area: float
    target_accuracy: float | None
    validation_images: int
    stability: tuple[WordAccuracy, ...]

    @property
    def accuracy_sentence(self) -> str:
        """How often the network is right, in plain words."""
        share = self.accuracy
        return (
            f"On {share.n:,} test images of the public set the network named the right class in "
            f"{_percent(share.value)} (95 % interval {_percent(share.low)} to "
            f"{_percent(share.high)}). Scans from elsewhere can fare worse."
        )

    @property
    def review_sentence(self) -> str:
        """What the review threshold does, in plain words."""
        aside, rest = self.review.set_aside, self.review.rest
        found = (
            f"Needs review is said below {_percent(self.review.threshold)}: of the test images "
            f"that sets {aside.successes:,} of {aside.n:,} ({_percent(aside.value)}) aside"
        )
        if rest is not None:
            found += f", and of the rest {_percent(rest.value)} are right"
        if self.target_accuracy is None:
            return f"{found}."
        return (
            f"{found}. The threshold was chosen on {self.validation_images:,} validation images "
            f"for {_percent(self.target_accuracy)}; so few leave room for chance."
        )

    def stability_sentence(self, word: str) -> str:
        """Return how often an answer with this word was right, in plain words; "" if not known."""
        for one in self.stability:
            if one.word == word and one.accuracy is not None:
                share = one.accuracy
                return (
                    f"Of the {share.n:,} test images whose answer is {word}, "
                    f"{_percent(share.value)} are classified rightly (95 % interval "
                    f"{_percent(share.low)} to {_percent(share.high)})."
                )
        return ""


def read_record(folder: Path, weights_hash: str) -> ModelRecord | None:
    """Read the figures of the weights in use.

    Args:
        folder: the folder of the weights (``Bundle.folder``).
        weights_hash: theirs (``BundleInfo.weights_hash``).

    Returns:
        The figures; None where there is no evaluation, it is about other weights, of another
        format or damaged, or it had no test images.
    """
    try:
        record = json.loads((folder / EVALUATION).read_text(encoding="utf-8"))
        if record["format"] != FORMAT or record["weights_hash"] != weights_hash:
            return None
        if record["judged"] != "Testing" or not record["parts"]:
            return None
        return _figures(record)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # figures that cannot be read are not shown: an answer does not need them


def _figures(record: dict[str, Any]) -> ModelRecord:
    whole, validation = record["parts"][0], record.get("validation")
    classification, review = whole["classification"], _point(whole["review"])
    points = {one["threshold"]: _point(one) for one in whole.get("thresholds", ())}
    points[review.threshold] = review
    return ModelRecord(
        date=record["date"],
        accuracy=Proportion(**classification["accuracy"]),
        calibration_error=classification["expected_calibration_error"],
        review=review,
        curve=tuple(points[threshold] for threshold in sorted(points)),
        risk_coverage_area=classification["risk_coverage_area"],
        target_accuracy=None if validation is None else validation["choice"]["target_accuracy"],
        validation_images=0 if validation is None else validation["images"],
        stability=tuple(
            WordAccuracy(one["word"], Proportion(**one["given"]), _share(one["accuracy"]))
            for one in (record.get("stability") or {"words": ()})["words"]
        ),
    )


def _point(review: dict[str, Any]) -> ReviewPoint:
    return ReviewPoint(
        threshold=review["threshold"],
        set_aside=Proportion(**review["set_aside"]),
        rest=_share(review["accuracy_on_rest"]),
    )


def _share(found: dict[str, Any] | None) -> Proportion | None:
    return None if found is None else Proportion(**found)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
