"""The viewer's pictures: dark squares with the scan in their middle.

The panes line up whatever shape the scan has. Lines have a dark rim and differ in dash and marker
as well as in colour; their colours are from the palette of Okabe and Ito (2008), which can be told
apart with the common kinds of colour blindness.
"""

from dataclasses import astuple, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.drawing.overlay import (
    DEFAULT_STYLE,
    LINE_COLOUR,
    RIM_COLOUR,
    Colour,
    Heat,
    HeatStyle,
    blend,
    legend,
    outlines,
    rimmed_lines,
)
from brain_tumor.drawing.scaling import Grey, resize, scaled_box, scaled_size, smooth_mask
from brain_tumor.imaging.crop import Crop, CropBox, ExtremePoints
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.preprocess import standardise

SIDE: Final = 768
"""Height and width of a picture in pixels."""

MARGIN: Final = 22
"""Pixels that stay free round the scan, for lines along its edges."""

BACKGROUND: Final = (0, 0, 0)
BOX_COLOUR: Final = (230, 159, 0)
CONTOUR_COLOUR: Final = (86, 180, 233)
POINT_COLOUR: Final = (255, 255, 255)

_INSIDE: Final = SIDE - 2 * MARGIN
_LINE: Final = 3
"""Width of a line in pixels."""


def at_display_size(scan: Scan, crop: Crop) -> tuple[Scan, Crop]:
    """Scale a scan and its crop so that the longest side fills a picture.

    Returns:
        The scan with a longest side of ``SIDE`` less twice ``MARGIN``, and the crop in its pixels
        (edges rounded to the nearest).
    """
    width, height = scaled_size(scan.width, scan.height, _INSIDE)
    pixels = resize(np.asarray(scan.pixels), width, height)
    scale = np.array([width / scan.width, height / scan.height])
    scaled = replace(
        crop,
        box=scaled_box(crop.box, width / scan.width, height / scan.height),
        points=None if crop.points is None else _scale_points(crop.points, scale),
        mask=None if crop.mask is None else smooth_mask(crop.mask, width, height),
    )
    return replace(scan, pixels=pixels), scaled


def _scale_points(points: ExtremePoints, scale: NDArray[np.float64]) -> ExtremePoints:
    def scaled(point: tuple[int, int]) -> tuple[int, int]:
        x, y = (np.array(point) + 0.5) * scale
        return int(x), int(y)

    return ExtremePoints(
        top=scaled(points.top),
        bottom=scaled(points.bottom),
        left=scaled(points.left),
        right=scaled(points.right),
    )


def scan_picture(scan: Scan, crop: Crop) -> Colour:
    """Draw the scan, its crop box (dashed), head contour (line) and extreme points (discs).

    Returns:
        uint8 (SIDE, SIDE, 3), RGB. Without a head, only the box: the whole image.
    """
    scan, crop = at_display_size(scan, crop)
    picture = letterbox(_to_rgb(np.asarray(scan.pixels)))
    left, top = _offset(scan.width, scan.height)
    if crop.mask is not None:
        rimmed_lines(picture, _shifted_outlines(crop.mask > 0), CONTOUR_COLOUR, _LINE)
    _dashed_box(picture, crop.box, left, top)
    if crop.points is not None:
        for x, y in astuple(crop.points):
            _marker(picture, (x + left, y + top))
    return picture


def cropped_picture(scan: Scan, crop: Crop) -> Colour:
    """Draw what the network sees: the crop, squeezed to a square, its contrast stretched."""
    square = standardise(np.asarray(scan.pixels), crop.box)
    return letterbox(_to_rgb(resize(square, _INSIDE, _INSIDE)))


def heat_picture(pixels: Grey, heat: Heat, style: HeatStyle = DEFAULT_STYLE) -> Colour:
    """Lay a heat map over a scan.

    Args:
        pixels: uint8 (H, W), the scan at display size.
        heat: float32 (H, W), 0..1.
        style: how the heat is drawn; without opacity there is no line either.

    Returns:
        uint8 (SIDE, SIDE, 3), RGB, with a white line round what is above
        ``style.line_level``.
    """
    picture = letterbox(blend(pixels, heat, style))
    if style.opacity > 0:
        rimmed_lines(picture, _shifted_outlines(heat >= style.line_level), LINE_COLOUR, _LINE)
    return picture


def legend_picture(style: HeatStyle = DEFAULT_STYLE, width: int = 512, height: int = 20) -> Colour:
    """Draw the legend with a white mark where the line is; uint8 (height, width, 3), RGB."""
    strip = np.repeat(legend(style, width), height, axis=0)
    if style.opacity > 0:
        middle = min(int(width * style.line_level), width - 2)
        strip[:, middle - 1 : middle + 2] = LINE_COLOUR
    return strip


def letterbox(picture: Colour) -> Colour:
    """Put a picture in the middle of a dark square of ``SIDE``; uint8 (h, w, 3), h, w <= SIDE."""
    height, width = picture.shape[:2]
    left, top = _offset(width, height)
    canvas = np.empty((SIDE, SIDE, 3), np.uint8)
    canvas[:] = BACKGROUND
    canvas[top : top + height, left : left + width] = picture
    return canvas


def _offset(width: int, height: int) -> tuple[int, int]:
    return (SIDE - width) // 2, (SIDE - height) // 2


def _to_rgb(pixels: Grey) -> Colour:
    return np.repeat(pixels[..., None], 3, axis=-1)


def _shifted_outlines(inside: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """Return the borders of a region of the scan, at display size, in the picture's pixels."""
    offset = np.array(_offset(inside.shape[1], inside.shape[0]), np.int32)
    return [line + offset for line in outlines(inside)]


def _dashed_box(picture: Colour, box: CropBox, left: int, top: int) -> None:
    x0, y0, x1, y1 = box.x0 + left - 2, box.y0 + top - 2, box.x1 + left + 1, box.y1 + top + 1
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    for colour, width in ((RIM_COLOUR, 7), (BOX_COLOUR, 4)):
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            _dashed_line(picture, np.array(start), np.array(end), colour, width)


def _dashed_line(
    picture: Colour,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    colour: tuple[int, int, int],
    width: int,
) -> None:
    # An odd number of equal pieces: each side begins and ends with a dash, so corners are closed.
    pieces = max(1, round(float(np.abs(end - start).max()) / 16)) // 2 * 2 + 1
    stops = np.rint(np.linspace(start, end, pieces + 1)).astype(int)
    for a, b in zip(stops[::2], stops[1::2], strict=True):
        first, last = (int(a[0]), int(a[1])), (int(b[0]), int(b[1]))
        cv2.line(picture, first, last, colour, width, cv2.LINE_AA)


def _marker(picture: Colour, centre: tuple[int, int]) -> None:
    # No letters: an L or R on a scan is read as the patient's side, not the picture's.
    # Inside the frame, whole: a point on the scan's edge would lose half its disc.
    x, y = (int(np.clip(value, 18, SIDE - 19)) for value in centre)
    cv2.circle(picture, (x, y), 17, RIM_COLOUR, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, (x, y), 13, POINT_COLOUR, cv2.FILLED, cv2.LINE_AA)
