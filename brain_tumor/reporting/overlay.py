"""The heat map over the scan: in the colours of the page, at the scan's full resolution."""

import io
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from brain_tumor.imaging.window import row_blocks
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.wording import CLASS_NAMES, percent

OPACITY: Final = 0.7
"""How much of the heat map's colour is let through where nothing else is asked for."""

LINE_LEVEL: Final = 0.5
"""Share of the heat map's maximum that the white line encloses."""

_OPAQUE_FROM: Final = 0.35
_LEGEND_GREY: Final = 90

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]
Heat = NDArray[np.float32]

INFERNO: Final[Colour] = np.ascontiguousarray(
    cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)[:, 0, ::-1]
)
"""uint8 (256, 3), RGB: the colour of heat 0..1 in 256 steps."""


def blend(pixels: Grey, heat: Heat, opacity: float) -> Colour:
    """Mix each pixel with the colour of its heat, block by block: scans can be large.

    Where heat is low the colour is let through less, in proportion up to a heat of 0.35: anatomy
    stays visible where the network found nothing. uint8 (H, W), float (H, W) -> uint8 (H, W, 3).

    Raises:
        ValueError: scan and heat map differ in size.
    """
    if pixels.shape != heat.shape:
        raise ValueError(
            f"A heat map has its scan's size. Received: {heat.shape} over {pixels.shape}"
        )
    mixed = np.empty((*pixels.shape, 3), np.uint8)
    for rows in row_blocks(*pixels.shape):
        level = np.clip(heat[rows], 0.0, 1.0).astype(np.float32)
        share = (opacity * np.minimum(level / _OPAQUE_FROM, 1.0))[..., None]
        colour = INFERNO[np.rint(level * 255).astype(np.uint8)]
        mixed[rows] = np.rint(pixels[rows][..., None] * (1 - share) + colour * share)
    return mixed


def legend(opacity: float = OPACITY, width: int = 256) -> Colour:
    """Draw heat 0..1 from left to right as ``blend`` draws it, over a middle grey.

    Returns:
        uint8 (1, width, 3), RGB.
    """
    ramp = np.linspace(0, 1, width, dtype=np.float32)[None]
    return blend(np.full((1, width), _LEGEND_GREY, np.uint8), ramp, opacity)


def outlines(inside: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """Return the borders of a region, each int32 (n, 2) of (x, y) pixels; holes have theirs too."""
    # The border of one pixel closes regions that touch the image's edge.
    padded = np.pad(inside.astype(np.uint8), 1)
    contours, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(contour, np.int32)[:, 0, :] - 1 for contour in contours]


def overlay_picture(pixels: Grey, heat: Heat, opacity: float = OPACITY) -> Colour:
    """Lay a heat map over a scan, with a white line round where it is above ``LINE_LEVEL``.

    Args:
        pixels: uint8 (H, W), the scan.
        heat: float32 (H, W), 0..1.
        opacity: 0 (the scan alone) to 1.

    Returns:
        uint8 (H, W, 3), RGB.
    """
    picture = blend(pixels, heat, opacity)
    if opacity > 0:
        line = max(1, round(max(pixels.shape) / 256))
        lines = outlines(heat >= LINE_LEVEL)
        cv2.polylines(picture, lines, True, (0, 0, 0), 2 * line + 1, cv2.LINE_AA)
        cv2.polylines(picture, lines, True, (255, 255, 255), line, cv2.LINE_AA)
    return picture


def overlay_png(
    pixels: Grey,
    heat: Heat,
    findings: Findings,
    *,
    label: str | None = None,
    opacity: float = OPACITY,
) -> bytes:
    """Return the overlay as a PNG of the scan's size that says what it is.

    Its text chunks name the class, the weights and the disclaimer: a picture is soon parted from
    its page. They hold neither the file's name nor the patient's label nor the note.

    Args:
        pixels: uint8 (H, W), the scan.
        heat: float32 (H, W), 0..1, the Grad-CAM of ``label`` on the scan.
        findings: of the scan.
        label: the class the heat map was asked for; by default the predicted one.
        opacity: 0 (the scan alone) to 1.
    """
    label = label or findings.label
    probability = dict(findings.to_dict()["probabilities"])[label]
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Title", f"Grad-CAM: {CLASS_NAMES[label]} ({percent(probability)})")
    facts.add_text("Disclaimer", findings.disclaimer)
    facts.add_text("Source", f"weights {findings.provenance.weights}")
    facts.add_text("Software", f"brain-tumor-mri {findings.provenance.software}")
    buffer = io.BytesIO()
    picture = Image.fromarray(overlay_picture(pixels, heat, opacity))
    picture.save(buffer, "PNG", pnginfo=facts, compress_level=4)
    return buffer.getvalue()
