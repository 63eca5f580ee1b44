"""The pictures of the viewer: arrays in, arrays out, no widgets.

Every picture is a dark square with the scan in its middle, so that the panes line up whatever
shape the scan has. Lines have a dark rim and differ in dash and marker as well as in colour; the
colours are from the palette of Okabe and Ito (2008), the heat map's is matplotlib's inferno: both
can be told apart with the common kinds of colour blindness.
"""

from dataclasses import astuple, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

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
LINE_LEVEL: Final = 0.5
"""Share of the heat map's maximum that the white line encloses."""

_OPAQUE_FROM: Final = 0.35
_INSIDE: Final = SIDE - 2 * MARGIN
_LEGEND_GREY: Final = 90

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]
Heat = NDArray[np.float32]

INFERNO: Final[Colour] = np.ascontiguousarray(
    cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)[:, 0, ::-1]
)
"""uint8 (256, 3), RGB: the colour of heat 0..1 in 256 steps."""


def at_display_size(scan: Scan, crop: Crop) -> tuple[Scan, Crop]:
    """Scale a scan and its crop so that the longest side fills a picture.

    Returns:
        The scan with a longest side of ``SIDE`` less twice ``MARGIN``, and the crop in its pixels
        (edges rounded to the nearest).
    """
    factor = _INSIDE / max(scan.height, scan.width)
    width, height = (max(1, round(n * factor)) for n in (scan.width, scan.height))
    pixels = _resize(np.asarray(scan.pixels), width, height)
    scale = np.array([width / scan.width, height / scan.height])
    x0, y0 = np.floor(np.array([crop.box.x0, crop.box.y0]) * scale + 0.5).astype(int)
    x1, y1 = np.floor(np.array([crop.box.x1, crop.box.y1]) * scale + 0.5).astype(int)
    box = CropBox(int(x0), int(y0), max(int(x1), int(x0) + 1), max(int(y1), int(y0) + 1))
    scaled = replace(
        crop,
        box=box,
        points=None if crop.points is None else _scale_points(crop.points, scale),
        mask=None if crop.mask is None else _smooth_mask(crop.mask, width, height),
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


def _smooth_mask(mask: Grey, width: int, height: int) -> Grey:
    # The mask was enlarged from a small copy without interpolation: its steps are no anatomy.
    soft = cv2.GaussianBlur(_resize(mask, width, height), (0, 0), 3)
    return np.where(soft > 127, 255, 0).astype(np.uint8)


def scan_picture(scan: Scan, crop: Crop) -> Colour:
    """Draw the scan, its crop box (dashed), head contour (line) and extreme points (discs).

    Returns:
        uint8 (SIDE, SIDE, 3), RGB. Without a head, only the box: the whole image.
    """
    scan, crop = at_display_size(scan, crop)
    picture = letterbox(_to_rgb(np.asarray(scan.pixels)))
    left, top = _offset(scan.width, scan.height)
    if crop.mask is not None:
        _rimmed_lines(picture, _outlines(crop.mask > 0), CONTOUR_COLOUR)
    _dashed_box(picture, crop.box, left, top)
    if crop.points is not None:
        for x, y in astuple(crop.points):
            _marker(picture, (x + left, y + top))
    return picture


def cropped_picture(scan: Scan, crop: Crop) -> Colour:
    """Draw what the network sees: the crop, squeezed to a square, its contrast stretched."""
    square = standardise(np.asarray(scan.pixels), crop.box)
    return letterbox(_to_rgb(_resize(square, _INSIDE, _INSIDE)))


def heat_picture(pixels: Grey, heat: Heat, opacity: float) -> Colour:
    """Lay a heat map over a scan.

    Args:
        pixels: uint8 (H, W), the scan at display size.
        heat: float32 (H, W), 0..1.
        opacity: 0 (the scan alone) to 1.

    Returns:
        uint8 (SIDE, SIDE, 3), RGB, with a white line round where heat is above ``LINE_LEVEL``.
    """
    picture = letterbox(blend(pixels, heat, opacity))
    if opacity > 0:
        _rimmed_lines(picture, _outlines(heat >= LINE_LEVEL), POINT_COLOUR)
    return picture


def blend(pixels: Grey, heat: Heat, opacity: float) -> Colour:
    """Mix each pixel with the colour of its heat.

    Where heat is low the colour is let through less, in proportion up to a heat of 0.35: anatomy
    stays visible where the network found nothing. uint8 (H, W), float (H, W) -> uint8 (H, W, 3).
    """
    level = np.clip(heat, 0.0, 1.0).astype(np.float32)
    share = (opacity * np.minimum(level / _OPAQUE_FROM, 1.0))[..., None]
    colour = INFERNO[np.rint(level * 255).astype(np.uint8)]
    mixed = pixels[..., None] * (1 - share) + colour * share
    return np.rint(mixed).astype(np.uint8)


def legend_picture(opacity: float, width: int = 512, height: int = 20) -> Colour:
    """Draw heat 0..1 from left to right as ``blend`` draws it, over a middle grey."""
    ramp = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    strip = blend(np.full((height, width), _LEGEND_GREY, np.uint8), ramp, opacity)
    if opacity > 0:
        strip[:, int(width * LINE_LEVEL) - 1 : int(width * LINE_LEVEL) + 2] = POINT_COLOUR
    return strip


def letterbox(picture: Colour) -> Colour:
    """Put a picture in the middle of a dark square of ``SIDE``; uint8 (h, w, 3), h, w <= SIDE."""
    height, width = picture.shape[:2]
    left, top = _offset(width, height)
    canvas = np.empty((SIDE, SIDE, 3), np.uint8)
    canvas[:] = BACKGROUND
    canvas[top : top + height, left : left + width] = picture
    return canvas


def to_png(picture: Colour) -> bytes:
    """Encode uint8 (H, W, 3), RGB, quickly: a slider waits for it."""
    done, data = cv2.imencode(".png", picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 2])
    if not done:
        raise ValueError(f"A picture is uint8 (H, W, 3). Received: {picture.dtype} {picture.shape}")
    return bytes(data)


def _offset(width: int, height: int) -> tuple[int, int]:
    return (SIDE - width) // 2, (SIDE - height) // 2


def _resize(pixels: Grey, width: int, height: int) -> Grey:
    shrinking = width < pixels.shape[1] or height < pixels.shape[0]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), dtype=np.uint8)


def _to_rgb(pixels: Grey) -> Colour:
    return np.repeat(pixels[..., None], 3, axis=-1)


def _outlines(inside: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """Return the borders of a region of the scan, at display size, in the picture's pixels."""
    # The border of one pixel closes regions that touch the scan's edge.
    padded = np.pad(inside.astype(np.uint8), 1)
    contours, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    left, top = _offset(inside.shape[1], inside.shape[0])
    shift = np.array([left - 1, top - 1], np.int32)
    return [np.asarray(contour, np.int32) + shift for contour in contours]


def _rimmed_lines(
    picture: Colour, lines: list[NDArray[np.int32]], colour: tuple[int, int, int]
) -> None:
    cv2.polylines(picture, lines, True, BACKGROUND, 6, cv2.LINE_AA)
    cv2.polylines(picture, lines, True, colour, 3, cv2.LINE_AA)


def _dashed_box(picture: Colour, box: CropBox, left: int, top: int) -> None:
    x0, y0, x1, y1 = box.x0 + left - 2, box.y0 + top - 2, box.x1 + left + 1, box.y1 + top + 1
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    for colour, width in ((BACKGROUND, 7), (BOX_COLOUR, 4)):
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
    cv2.circle(picture, (x, y), 17, BACKGROUND, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, (x, y), 13, POINT_COLOUR, cv2.FILLED, cv2.LINE_AA)
