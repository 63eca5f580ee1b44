"""What an evaluation says: plain records that JSON can hold, each figure with what it rests on."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from brain_tumor.evaluation.comparison import McNemar
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.localisation import LocalisationReport
from brain_tumor.evaluation.metrics import ClassificationReport
from brain_tumor.model.record import FORMAT


@dataclass(frozen=True, slots=True)
class Review:
    """What the review threshold does: answers less probable than it are set aside for a person."""

    threshold: float
    set_aside: Proportion
    accuracy_on_rest: Proportion | None
    """None where every answer is set aside."""


@dataclass(frozen=True, slots=True)
class Part:
    """The judged images, or those of them that have no copy in the training images.

    ``classification`` is after the temperature, the two ``uncalibrated`` figures before it.
    ``review`` is at the bundle's threshold, ``thresholds`` is what others would have done.
    """

    name: str
    description: str
    classification: ClassificationReport
    uncalibrated_calibration_error: float
    uncalibrated_negative_log_likelihood: float
    review: Review
    thresholds: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class WordReport:
    """The answers that were given one word for their stability.

    Attributes:
        word: see ``stability.WORDS``.
        given: of all images, those with this word.
        accuracy: how many of these are right; None where there are none.
        accuracy_above_threshold: the same without those that the review threshold sets aside.
    """

    word: str
    given: Proportion
    accuracy: Proportion | None
    accuracy_above_threshold: Proportion | None


@dataclass(frozen=True, slots=True)
class StabilityReport:
    """How answers hold on altered copies: by word, and how many tip with each change's name."""

    images: int
    words: tuple[WordReport, ...]
    tipped: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReviewChoice:
    """How the review threshold came about: on the validation images, as the export does it.

    Attributes:
        target_accuracy: what the answers at or above the threshold had to reach.
        chosen_again: the threshold that these images give today; the bundle's own unless another
            machine rounds differently or images are missing.
        review: what the bundle's threshold does on these images.
    """

    target_accuracy: float
    chosen_again: float
    review: Review


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The validation images that the bundle names, as far as they are in the data folder."""

    images: int
    accuracy: Proportion
    choice: ReviewChoice
    stability: StabilityReport


@dataclass(frozen=True, slots=True)
class Rejection:
    """Judged images that the quality checks do not accept, and how often for which reason."""

    rejected: Proportion
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class CropStatistics:
    """How the crop does on all readable images of the data set.

    Attributes:
        images: the images.
        not_found: those in which no head stands out, so that the whole image is used.
        whole_image: those whose box is the whole image, for whatever reason.
        area_percentiles: box area as a share of the image, where a head was found.
        outlined: images with a tumour outline.
        outlines_cut: those of them with a part of the outline outside the box.
        largest_cut: the largest share of an outline that lies outside its box.
    """

    images: int
    not_found: Proportion
    whole_image: int
    area_percentiles: dict[str, float]
    outlined: int
    outlines_cut: int
    largest_cut: float


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where the heat maps point on validation images with an outline that are classified rightly.

    ``aligned`` is the map as this project draws it; ``plain_resize`` the same cells stretched over
    the crop by a resize that takes no account of where they lie.
    """

    outlined: int
    right: int
    aligned: LocalisationReport | None
    plain_resize: LocalisationReport | None
    finer: LocalisationReport | None
    finer_holds_more: Proportion | None


@dataclass(frozen=True, slots=True)
class Quantisation:
    """The int8 network against the float32 one on the judged images."""

    agreement: Proportion
    int8: Proportion
    float32: Proportion
    mcnemar: McNemar
    """``only_a`` counts the images that only int8 gets right, ``only_b`` only float32."""


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything, and what it was measured with. None stands for what could not be measured;
    ``notes`` says why.

    Attributes:
        date: of the evaluation, UTC, ISO 8601.
        command: what was run; folders by their last name only.
        versions: of the packages in use.
        engine: what ran the network.
        weights_hash: of the bundle (``BundleInfo.weights_hash``).
        data_hash: ``data.dataset.fingerprint`` of each split's files.
        images: files of each split.
        judged: the split that ``parts``, ``stability``, ``rejection`` and ``quantisation`` are
            about.
        temperature: of the bundle.
    """

    date: str
    command: str
    versions: dict[str, str]
    engine: str
    weights_hash: str
    data_hash: dict[str, str]
    images: dict[str, int]
    judged: str | None
    temperature: float
    parts: tuple[Part, ...]
    stability: StabilityReport | None
    validation: ValidationReport | None
    rejection: Rejection | None
    crops: CropStatistics
    pointing: Pointing | None
    quantisation: Quantisation | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return lists, dicts, strings, numbers and None only: what `json` gives back as it was."""
        # Through json itself: it turns tuples into lists and refuses a NaN.
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return {"format": FORMAT, **plain}
