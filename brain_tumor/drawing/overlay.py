"""The heat map over the scan, its legend, and the lines round what is strongest.

The colours are matplotlib's inferno: they can be told apart with the common kinds of colour
blindness, and in grey.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.drawing.scaling import Grey
from brain_tumor.imaging.window import row_blocks

OPACITY: Final = 0.7
"""How much of the heat map's colour is let through where nothing else is asked for."""

LINE_LEVEL: Final = 0.5
"""Share of the heat map's maximum that the white line encloses."""

LINE_COLOUR: Final = (255, 255, 255)
RIM_COLOUR: Final = (0, 0, 0)

_OPAQUE_FROM: Final = 0.35
_LEGEND_GREY: Final = 90

Colour = NDArray[np.uint8]
"""uint8 (H, W, 3), RGB."""

Heat = NDArray[np.float32]
"""float32 (H, W), 0..1."""

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
        width = max(1, round(max(pixels.shape) / 256))
        rimmed_lines(picture, outlines(heat >= LINE_LEVEL), LINE_COLOUR, width)
    return picture


def rimmed_lines(
    picture: Colour, lines: list[NDArray[np.int32]], colour: tuple[int, int, int], width: int
) -> None:
    """Draw closed lines of (x, y) pixels into a picture, each with a dark rim."""
    cv2.polylines(picture, lines, True, RIM_COLOUR, 2 * width + 1, cv2.LINE_AA)
    cv2.polylines(picture, lines, True, colour, width, cv2.LINE_AA)
