"""The heat map over the scan as a file that says what it is."""

import io
from typing import Final

import numpy as np
from PIL import Image, PngImagePlugin

from brain_tumor import CLASSES
from brain_tumor.drawing.overlay import Colour, overlay_picture
from brain_tumor.drawing.scaling import resize, scaled_box, scaled_size
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.heatmap import draw_on_scan
from brain_tumor.pipeline import Answer
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.sentences import class_words, heat_words, slice_words, state_words

MAX_SIDE: Final = 4096
"""Longest side of a picture in pixels. A larger scan is shrunk and the picture says so: its heat
comes from a few cells, and no detail of it is lost."""


def overlay_png(
    scan: Scan,
    answer: Answer,
    findings: Findings,
    *,
    beside: bool = False,
    longest: int | None = None,
) -> bytes:
    """Return the overlay as a PNG of the scan's size, ``MAX_SIDE`` at most, that says what it is.

    Its text chunks name the class, its state, the versions and the disclaimer: a picture is soon
    parted from its page. They hold neither the file's name nor the patient's label nor the note.

    Args:
        scan: the decoded slice at its own size.
        answer: the network's, its crop in the slice's pixels.
        findings: of the answer; they say which class's heat map is drawn, and how.
        beside: put the scan alone to the left of the overlay.
        longest: what a side has at most, in pixels, if less than ``MAX_SIDE``.
    """
    picture = _picture(scan, answer, findings, beside, longest)
    facts = PngImagePlugin.PngInfo()
    for name, text in _facts(scan, findings, picture.shape[0]).items():
        facts.add_text(name, text)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", pnginfo=facts, compress_level=4)
    return buffer.getvalue()


def _picture(
    scan: Scan, answer: Answer, findings: Findings, beside: bool, longest: int | None
) -> Colour:
    side = min(max(scan.width, scan.height), longest or MAX_SIDE)
    width, height = scaled_size(scan.width, scan.height, side)
    pixels = np.asarray(scan.pixels)
    if pixels.shape != (height, width):
        pixels = resize(pixels, width, height)
    box = scaled_box(answer.crop.box, width / scan.width, height / scan.height)
    class_map = answer.maps[:, :, CLASSES.index(findings.heat_label)]
    heat = draw_on_scan(class_map, answer.grid, box, height, width)
    overlay = overlay_picture(pixels, heat, findings.heat_style)
    if not beside:
        return overlay
    return np.concatenate([np.repeat(pixels[..., None], 3, axis=-1), overlay], axis=1)


def _facts(scan: Scan, findings: Findings, height: int) -> dict[str, str]:
    source = findings.provenance
    sentences = [f"{state_words(findings)}."]
    if findings.stability is not None:
        sentences.append(findings.stability.sentence)
    if findings.origin is not None:
        sentences.append(f"Slice: {slice_words(findings.origin)}.")
    if findings.crop_moved:
        sentences.append("The crop was moved by hand.")
    if height != scan.height:
        sentences.append(f"Shrunk from {scan.width} x {scan.height} pixels.")
    return {
        "Title": f"Grad-CAM: {class_words(findings, findings.heat_label)}",
        "Description": " ".join(sentences),
        "Heat map": heat_words(findings.heat_style),
        "Disclaimer": findings.disclaimer,
        "Source": f"weights {source.weights}, training data {source.data}, "
        f"preprocessing version {source.preprocessing}",
        "Software": f"brain-tumor-mri {source.software}",
    }
