"""The pictures of a report at the size of print, and the lines that go over them."""

from dataclasses import astuple, dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.drawing.overlay import Colour, blend, outlines
from brain_tumor.drawing.scaling import Grey, resize, scaled_box, scaled_size, smooth_mask
from brain_tumor.imaging.crop import Crop
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.heatmap import draw_on_scan
from brain_tumor.imaging.preprocess import standardise
from brain_tumor.pipeline import Answer
from brain_tumor.reporting.findings import Findings

SIDE: Final = 640
"""Longest side of a picture in pixels: 56 mm in print at 290 dots an inch."""

Line = NDArray[np.float64]
"""Points of a closed line, float64 (n, 2): (x, y) in 0..1 of the scan's width and height."""


@dataclass(frozen=True, slots=True)
class ReportImages:
    """What the page shows of one scan; lines are drawn by the page, sharp at any zoom.

    Attributes:
        scan: uint8 (h, w), the scan, its longest side ``SIDE``.
        square: uint8 (SIDE, SIDE), what the network saw.
        overlay: uint8 (h, w, 3), RGB, the heat map over the scan.
        found: whether a head was found; without one the box is the whole image.
        box: the crop's corners (x0, y0), (x1, y0), (x1, y1), (x0, y1).
        points: the head contour's extreme points, (n, 2); none without a head.
        contours: the head's contour.
        strongest: lines round where heat is above the style's ``line_level``.
        empty: whether nothing speaks for the class.
    """

    scan: Grey
    square: Grey
    overlay: Colour
    found: bool
    box: Line
    points: Line
    contours: tuple[Line, ...]
    strongest: tuple[Line, ...]
    empty: bool


def report_images(scan: Scan, answer: Answer, findings: Findings) -> ReportImages:
    """Draw the pictures of a report.

    Args:
        scan: the decoded slice at its own size.
        answer: the network's, its crop in the slice's pixels.
        findings: of the answer; they say which class's heat map is drawn, and how.
    """
    style = findings.heat_style
    crop = answer.crop
    width, height = scaled_size(scan.width, scan.height, SIDE)
    pixels = resize(np.asarray(scan.pixels), width, height)
    box = scaled_box(crop.box, width / scan.width, height / scan.height)
    heat = draw_on_scan(
        answer.maps[:, :, CLASSES.index(findings.heat_label)], answer.grid, box, height, width
    )
    square = standardise(np.asarray(scan.pixels), crop.box, answer.grid.side)
    size = np.array([scan.width, scan.height], np.float64)
    corners = (crop.box.x0, crop.box.y0), (crop.box.x1, crop.box.y1)
    (x0, y0), (x1, y1) = (np.array(corner) / size for corner in corners)
    points = np.zeros((0, 2)) if crop.points is None else np.array(astuple(crop.points)) + 0.5
    return ReportImages(
        scan=pixels,
        square=resize(square, SIDE, SIDE),
        overlay=blend(pixels, heat, style),
        found=crop.found,
        box=np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]),
        points=points / size,
        contours=_head_lines(crop, width, height),
        strongest=_lines(heat >= style.line_level) if style.opacity > 0 else (),
        empty=not heat.any(),
    )


def _head_lines(crop: Crop, width: int, height: int) -> tuple[Line, ...]:
    if crop.mask is None:
        return ()
    return _lines(smooth_mask(crop.mask, width, height) > 0)


def _lines(inside: NDArray[np.bool_]) -> tuple[Line, ...]:
    size = np.array([inside.shape[1], inside.shape[0]], np.float64)
    lines = (cv2.approxPolyDP(line, 0.6, True)[:, 0, :] for line in outlines(inside))
    return tuple((np.asarray(line) + 0.5) / size for line in lines if len(line) > 2)
