"""An open scan and what is known of it. No widgets: a session holds it, pages show it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import numpy as np

from brain_tumor.drawing import display
from brain_tumor.drawing.encode import to_png
from brain_tumor.imaging.crop import Crop, CropBox, find_crop, moved_to
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.preprocess import standardise
from brain_tumor.intake.study import Study, objections_of, scan_of
from brain_tumor.intake.volume import Plane, Volume, slice_count, usable_planes
from brain_tumor.model.queue import Priority, at_priority
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.stability import Stability, measure_stability

THUMBNAIL: Final = 96
"""Side of a thumbnail in pixels."""


@dataclass(frozen=True)
class View:
    """What does not change while a scan and its crop stay: drawn once, and not before it is shown.

    The answer comes first, then: with many people at once, drawing would keep it waiting.

    Attributes:
        source: the slice.
        source_crop: where the head is, in its pixels.
    """

    source: Scan
    source_crop: Crop

    @cached_property
    def _small(self) -> tuple[Scan, Crop]:
        return display.at_display_size(self.source, self.source_crop)

    @property
    def scan(self) -> Scan:
        """The slice at display size."""
        return self._small[0]

    @property
    def crop(self) -> Crop:
        """Where the head is, in the pixels of ``scan``."""
        return self._small[1]

    @cached_property
    def scan_png(self) -> bytes:
        """The scan with its crop, contour and points."""
        return to_png(display.scan_picture(*self._small))

    @cached_property
    def crop_png(self) -> bytes:
        """What the network sees."""
        return to_png(display.cropped_picture(self.source, self.source_crop))

    @cached_property
    def thumbnail(self) -> bytes:
        """That, small."""
        square = standardise(self.source.pixels, self.source_crop.box, THUMBNAIL)
        return to_png(np.repeat(square[..., None], 3, axis=-1))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slice lies in its volume; ``index`` counts from 0."""

    plane: Plane
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class Case:
    """One open slice.

    Attributes:
        key: hash of the slice's pixels in hexadecimal digits, for the keys of widgets.
        study: what the slice was read from. Its name is the user's own: never to be shown as
            Markdown.
        place: where the slice lies; None for a single image.
        sample: the class a sample scan is filed under; None for an upload.
        scan: the decoded slice.
        found: where the head was found; known without weights.
        crop: the crop in use: ``found``, or what a person made of it.
        view: both as they are shown.
        answer: the network's, or None while there is none.
        weights: hash of the weights that ``answer`` comes from.
        date: when the answer was given, UTC.
        stability: the answer on altered copies, or None while they have not been asked about.
    """

    key: str
    study: Study
    place: Place | None
    sample: str | None
    scan: Scan
    found: Crop
    crop: Crop
    view: View
    answer: Answer | None = None
    weights: str = ""
    date: datetime | None = None
    stability: Stability | None = None

    @property
    def name(self) -> str:
        """The study's name, as the user's computer gave it."""
        return self.study.name

    @property
    def size(self) -> str:
        """Width, height and file format, for people."""
        return f"{self.scan.width} × {self.scan.height} px, {self.scan.file_format}"

    @property
    def is_moved(self) -> bool:
        """Whether a person has moved the crop."""
        return self.crop.box != self.found.box


def open_case(study: Study, place: Place | None = None, sample: str | None = None) -> Case:
    """Open a study: a single slice as it is, a volume at ``place`` or in its middle.

    Raises:
        DecodeError: the slice cannot be shown.
    """
    place = place or middle_of(study.content) if isinstance(study.content, Volume) else None
    scan = scan_of(study, place.plane, place.index) if place else scan_of(study)
    found = find_crop(scan.pixels)
    return Case(key_of(scan), study, place, sample, scan, found, crop=found, view=View(scan, found))


def middle_of(volume: Volume, plane: Plane | None = None) -> Place:
    """Return the middle slice of a plane, by default the one that the slices were taken in.

    Where slices of that plane are too small to be shown, another one is the default.
    """
    plane = plane or usable_planes(volume)[0]
    count = slice_count(volume, plane)
    return Place(plane, count // 2, count)


def key_of(scan: Scan) -> str:
    """Return a hash of the pixels, in hexadecimal digits."""
    pixels = np.ascontiguousarray(scan.pixels)
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def with_crop(case: Case, box: CropBox | None) -> Case:
    """Return the case with another crop, by default the one that was found; its answer is gone."""
    crop = case.found if box is None else moved_to(case.found, box)
    view = View(case.scan, crop)
    return replace(case, crop=crop, view=view, answer=None, weights="", date=None, stability=None)


def is_answered(case: Case, weights: str) -> bool:
    """Whether the case holds an answer of these weights."""
    return case.answer is not None and case.weights == weights


def answered(case: Case, classifier: Classifier) -> Case:
    """Return the case with the classifier's answer, which is asked for only if it is missing."""
    weights = classifier.info.weights_hash
    if is_answered(case, weights):
        return case
    answer = classifier.classify(case.scan, case.crop).objected(objections_of(case.study))
    return replace(case, answer=answer, weights=weights, date=datetime.now(UTC), stability=None)


def steadied(case: Case, classifier: Classifier) -> Case:
    """Return the answered case with its answers on altered copies, asked for if missing."""
    if case.stability is not None or case.answer is None:
        return case
    with at_priority(Priority.STABILITY):
        return replace(case, stability=measure_stability(classifier, case.scan, case.answer))
