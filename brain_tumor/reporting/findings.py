"""What was found on one scan, with all that a reader needs to judge and to repeat it.

``Findings`` is the one record that the PDF, the JSON and the table are made of. It holds no pixels
and no path; names and notes are cleaned once, here, and are never markup.
"""

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from brain_tumor import CLASSES, __version__
from brain_tumor.imaging.crop import CropBox
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Answer
from brain_tumor.reporting.text import clean, one_line, plain_name
from brain_tumor.stability import Stability
from brain_tumor.wording import DISCLAIMER

FORMAT: Final = "brain-tumor-findings"
FORMAT_VERSION: Final = 1

FIELDS: Final[dict[str, str]] = {
    "format": f'always "{FORMAT}"',
    "format_version": "whole number; changes when a key changes its meaning or goes",
    "disclaimer": "what the findings must not be used for",
    "file_name": "the image file's name, without its folder",
    "date": "ISO 8601 with offset: when the answer was given",
    "patient": 'label that the user typed for the patient; "" if none',
    "note": 'free text of the user, lines end in "\\n"; "" if none',
    "label": "the most probable class: glioma, meningioma, notumor or pituitary",
    "confidence": "its probability, 0..1",
    "probabilities": "probability of each class by its name, 0..1; they add up to 1",
    "review.needed": "whether confidence is below the threshold or there are reasons",
    "review.threshold": "probability below which an answer needs review, 0..1",
    "review.reasons": "list of sentences: what speaks against the image itself",
    "crop.x0": "first column of the part that the network saw, in pixels of the image",
    "crop.y0": "its first row",
    "crop.x1": "the column after its last",
    "crop.y1": "the row after its last",
    "image.width": "columns of the image",
    "image.height": "rows of the image",
    "image.sha256": 'hash of the image file\'s bytes, hexadecimal; "" if not known',
    "stability": "null, or what became of the answer on altered copies of the scan:",
    "stability.word": "stable, wavering (one copy has another class) or unstable (more than one)",
    "stability.copies": "how many copies were classified",
    "stability.agreeing": "on how many of them the class was the same",
    "stability.lowest": "lowest probability of the class among the copies, 0..1",
    "stability.highest": "highest probability of the class among the copies, 0..1",
    "stability.variants": "list, one for each copy: name of the change, label, probabilities",
    "provenance.software": "version of this package",
    "provenance.weights": "SHA-256 over all files of the weights",
    "provenance.data": "hash of the training data",
    "provenance.preprocessing": "version of the preprocessing",
    "provenance.temperature": "divides the logits before the softmax; 1 if not calibrated",
}
"""The JSON record's keys, nested at each dot, and what they hold."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the numbers come from: versions and hashes as in ``FIELDS``."""

    software: str
    weights: str
    data: str
    preprocessing: str
    temperature: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on one scan.

    Attributes:
        file_name: the image file's name; a folder before it is taken off.
        date: when the answer was given, with its time zone.
        probabilities: 4 probabilities in the order of ``CLASSES``.
        review_threshold: probability below which an answer needs review, 0..1.
        reasons: what speaks against the image itself, as sentences.
        crop: the part that the network saw.
        image_width: columns of the image.
        image_height: rows of the image.
        provenance: what the numbers come from.
        patient: label that the user typed, one line.
        note: free text of the user.
        stability: the answer on altered copies, where that was asked for.
        image_hash: SHA-256 of the image file's bytes.

    Raises:
        ValueError: a date without time zone, or numbers that are no probabilities.
    """

    file_name: str
    date: datetime
    probabilities: tuple[float, ...]
    review_threshold: float
    reasons: tuple[str, ...]
    crop: CropBox
    image_width: int
    image_height: int
    provenance: Provenance
    patient: str = ""
    note: str = ""
    stability: Stability | None = None
    image_hash: str = ""

    def __post_init__(self) -> None:
        if self.date.utcoffset() is None:
            raise ValueError(f"Findings need a date with its time zone. Received: {self.date}")
        total, count = math.fsum(self.probabilities), len(self.probabilities)
        if count != len(CLASSES) or min(self.probabilities) < 0 or not abs(total - 1) < 1e-3:
            raise ValueError(
                f"Findings need {len(CLASSES)} probabilities that add up to 1. "
                f"Received: {self.probabilities}"
            )
        for name, cleaned in (
            ("file_name", plain_name(self.file_name)),
            ("patient", one_line(self.patient)),
            ("note", clean(self.note)),
            ("reasons", tuple(one_line(reason) for reason in self.reasons)),
        ):
            object.__setattr__(self, name, cleaned)

    @property
    def label(self) -> str:
        """The most probable class."""
        return CLASSES[self.probabilities.index(self.confidence)]

    @property
    def confidence(self) -> float:
        """The probability of ``label``, 0..1."""
        return max(self.probabilities)

    @property
    def needs_review(self) -> bool:
        """Whether the probability is below the threshold or something speaks against the image."""
        return bool(self.reasons) or self.confidence < self.review_threshold

    @property
    def disclaimer(self) -> str:
        """What the findings must not be used for."""
        return DISCLAIMER

    def to_dict(self) -> dict[str, Any]:
        """Return the record that ``FIELDS`` describes: plain types only, in that order of keys."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "disclaimer": self.disclaimer,
            "file_name": self.file_name,
            "date": self.date.isoformat(),
            "patient": self.patient,
            "note": self.note,
            "label": self.label,
            "confidence": self.confidence,
            "probabilities": dict(zip(CLASSES, self.probabilities, strict=True)),
            "review": {
                "needed": self.needs_review,
                "threshold": self.review_threshold,
                "reasons": list(self.reasons),
            },
            "crop": asdict(self.crop),
            "image": {
                "width": self.image_width,
                "height": self.image_height,
                "sha256": self.image_hash,
            },
            "stability": None if self.stability is None else self.stability.to_dict(),
            "provenance": asdict(self.provenance),
        }

    def to_json(self) -> str:
        """Return ``to_dict`` as JSON text that ends in a line feed."""
        return to_json(self.to_dict())


def to_json(record: object) -> str:
    """Return plain types as JSON text; not a number and infinity are refused, not invented."""
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def findings_of(
    answer: Answer,
    info: BundleInfo,
    *,
    file_name: str,
    size: tuple[int, int],
    date: datetime,
    image_hash: str = "",
    patient: str = "",
    note: str = "",
    stability: Stability | None = None,
) -> Findings:
    """Gather the findings of an answer.

    Args:
        answer: the network's answer for the whole scan, its crop in the scan's own pixels.
        info: the record of the weights that gave it.
        file_name: the file's name as the user's computer gave it.
        size: (width, height) of the decoded scan in pixels.
        date: when the answer was given, with its time zone.
        image_hash: SHA-256 of the file's bytes.
        patient: label that the user typed for the patient.
        note: free text of the user.
        stability: the answer on altered copies.
    """
    return Findings(
        file_name=file_name,
        date=date,
        # str gives the shortest digits that stand for the float32: 0.93, not 0.9300000071.
        probabilities=tuple(float(str(value)) for value in answer.probabilities),
        review_threshold=info.review_threshold,
        reasons=answer.reasons,
        crop=answer.crop.box,
        image_width=size[0],
        image_height=size[1],
        provenance=Provenance(
            software=__version__,
            weights=info.weights_hash,
            data=info.data_hash,
            preprocessing=info.preprocess_version,
            temperature=info.temperature,
        ),
        patient=patient,
        note=note,
        stability=stability,
        image_hash=image_hash,
    )
