"""An open scan and what is known of it. No widgets: a session holds it, pages show it."""

import hashlib
from dataclasses import dataclass, replace

from brain_tumor.drawing import display
from brain_tumor.imaging.crop import Crop, find_crop
from brain_tumor.imaging.decode import Scan, decode
from brain_tumor.pipeline import Answer, Classifier


@dataclass(frozen=True, slots=True)
class View:
    """What does not change while a scan is open, drawn once.

    Attributes:
        scan: the slice at display size.
        crop: where the head is, in the pixels of that.
        scan_png: the scan with its crop, contour and points.
        crop_png: what the network sees.
    """

    scan: Scan
    crop: Crop
    scan_png: bytes
    crop_png: bytes


@dataclass(frozen=True, slots=True)
class Case:
    """One open scan.

    Attributes:
        digest: SHA-256 of the file's bytes, in hexadecimal digits.
        name: the file's name, as the user's computer gave it: never to be shown as Markdown.
        sample: the class a sample scan is filed under; None for an upload.
        scan: the decoded slice.
        crop: where the head is; known without weights.
        view: both as they are shown.
        answer: the network's, or None while there is none.
        weights: hash of the weights that ``answer`` comes from.
    """

    digest: str
    name: str
    sample: str | None
    scan: Scan
    crop: Crop
    view: View
    answer: Answer | None = None
    weights: str = ""

    @property
    def size(self) -> str:
        """Width, height and file format, for people."""
        return f"{self.scan.width} × {self.scan.height} px, {self.scan.file_format}"


def open_case(data: bytes, name: str, sample: str | None = None) -> Case:
    """Decode a file and find the head.

    Raises:
        DecodeError: the bytes are not an image that is read here.
    """
    scan = decode(data)
    digest = hashlib.sha256(data).hexdigest()
    crop = find_crop(scan.pixels)
    return Case(digest, name, sample, scan, crop, view_of(scan, crop))


def view_of(scan: Scan, crop: Crop) -> View:
    """Draw what is shown of a scan before there is an answer."""
    small = display.at_display_size(scan, crop)
    return View(
        *small,
        scan_png=display.to_png(display.scan_picture(*small)),
        crop_png=display.to_png(display.cropped_picture(scan, crop)),
    )


def is_answered(case: Case, weights: str) -> bool:
    """Whether the case holds an answer of these weights."""
    return case.answer is not None and case.weights == weights


def answered(case: Case, classifier: Classifier) -> Case:
    """Return the case with the classifier's answer, which is asked for only if it is missing."""
    weights = classifier.info.weights_hash
    if is_answered(case, weights):
        return case
    answer = classifier.classify(case.scan, case.crop)
    return replace(case, answer=answer, weights=weights)
