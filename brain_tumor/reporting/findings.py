"""What was found on one scan, with all that a reader needs to judge and to repeat it.

``Findings`` is the one record that the PDF, the JSON and the table are made of. It holds no pixels
and no path; names and notes are cleaned once, here, and are never markup.
"""

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from brain_tumor import CLASSES, __version__
from brain_tumor.drawing.overlay import DEFAULT_STYLE, HeatStyle
from brain_tumor.imaging.crop import CropBox
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Answer
from brain_tumor.reporting.fields import FORMAT, FORMAT_VERSION
from brain_tumor.reporting.origin import Provenance, SliceOrigin
from brain_tumor.reporting.text import clean, one_line, plain_name
from brain_tumor.stability import Stability
from brain_tumor.verdict import Verdict, verdict
from brain_tumor.wording import DISCLAIMER


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on one scan.

    Attributes:
        file_name: the image file's or the series' name; a folder before it is taken off.
        date: when the answer was given, with its time zone.
        probabilities: 4 probabilities in the order of ``CLASSES``.
        review_threshold: probability below which an answer needs review, 0..1.
        accepted: whether the image is one that the model can know.
        reasons: what speaks against the image itself, as sentences.
        crop: the part that the network saw.
        image_width: columns of the image.
        image_height: rows of the image.
        provenance: what the numbers come from.
        patient: label that the user typed, one line.
        note: free text of the user.
        stability: the answer on altered copies, where that was asked for.
        image_hash: SHA-256 of the image file's bytes.
        crop_moved: whether a person moved the crop.
        origin: where the slice lies in its volume; None for a single image.
        heat_label: the class that the pictures' heat map is of; by default the predicted one.
        heat_style: how it is drawn.

    Raises:
        ValueError: a date without time zone, numbers that are no probabilities, or no such class.
    """

    file_name: str
    date: datetime
    probabilities: tuple[float, ...]
    review_threshold: float
    accepted: bool
    reasons: tuple[str, ...]
    crop: CropBox
    image_width: int
    image_height: int
    provenance: Provenance
    patient: str = ""
    note: str = ""
    stability: Stability | None = None
    image_hash: str = ""
    crop_moved: bool = False
    origin: SliceOrigin | None = None
    heat_label: str = ""
    heat_style: HeatStyle = DEFAULT_STYLE

    def __post_init__(self) -> None:
        if self.date.utcoffset() is None:
            raise ValueError(f"Findings need a date with its time zone. Received: {self.date}")
        total, count = math.fsum(self.probabilities), len(self.probabilities)
        if count != len(CLASSES) or min(self.probabilities) < 0 or not abs(total - 1) < 1e-3:
            raise ValueError(
                f"Findings need {len(CLASSES)} probabilities that add up to 1. "
                f"Received: {self.probabilities}"
            )
        if self.heat_label and self.heat_label not in CLASSES:
            raise ValueError(f"A class is one of {', '.join(CLASSES)}. Received: {self.heat_label}")
        for name, cleaned in (
            ("file_name", plain_name(self.file_name)),
            ("patient", one_line(self.patient)),
            ("note", clean(self.note)),
            ("reasons", tuple(one_line(reason) for reason in self.reasons)),
            ("heat_label", self.heat_label or self.label),
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
    def verdict(self) -> Verdict:
        """How far the answer can be taken at its word."""
        return verdict(self.accepted, self.confidence, self.review_threshold)

    @property
    def needs_review(self) -> bool:
        """Whether the probability is below the threshold or something speaks against the image."""
        return self.verdict is not Verdict.CLEAR

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
            "gate": {"accepted": self.accepted, "reasons": list(self.reasons)},
            "review": {
                "state": self.verdict.value,
                "needed": self.needs_review,
                "threshold": self.review_threshold,
            },
            "crop": {**asdict(self.crop), "moved": self.crop_moved},
            "image": {
                "width": self.image_width,
                "height": self.image_height,
                "sha256": self.image_hash,
            },
            "slice": None if self.origin is None else asdict(self.origin),
            "heat_map": {
                "label": self.heat_label,
                **asdict(self.heat_style),
                "line": self.heat_style.line_level,
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
    crop_moved: bool = False,
    origin: SliceOrigin | None = None,
    heat_label: str = "",
    heat_style: HeatStyle = DEFAULT_STYLE,
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
        crop_moved: whether a person moved the crop.
        origin: where the slice lies in its volume; None for a single image.
        heat_label: the class of the pictures' heat map; by default the predicted one.
        heat_style: how the pictures draw it.
    """
    return Findings(
        file_name=file_name,
        date=date,
        # str gives the shortest digits that stand for the float32: 0.93, not 0.9300000071.
        probabilities=tuple(float(str(value)) for value in answer.probabilities),
        review_threshold=info.review_threshold,
        accepted=answer.accepted,
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
        crop_moved=crop_moved,
        origin=origin,
        heat_label=heat_label,
        heat_style=heat_style,
    )
