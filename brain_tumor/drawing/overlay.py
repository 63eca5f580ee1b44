"""The heat map over the scan or alone, its legend, and the lines round what is strongest."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.drawing.colour_maps import COLOUR_MAPS, INFERNO
from brain_tumor.drawing.scaling import Grey
from brain_tumor.imaging.window import row_blocks

OPACITY: Final = 0.7
"""How much of the heat map's colour is let through where nothing else is asked for."""

LINE_LEVEL: Final = 0.5
"""Share of the heat map's maximum that the white line encloses, unless the threshold is higher."""

LINE_COLOUR: Final = (255, 255, 255)
RIM_COLOUR: Final = (0, 0, 0)

_OPAQUE_FROM: Final = 0.35
_LEGEND_GREY: Final = 90
_TABLES: Final = 32
"""Styles kept: 200 kB each, and many people move sliders at once."""

Colour = NDArray[np.uint8]
"""uint8 (H, W, 3), RGB."""

Heat = NDArray[np.float32]
"""float32 (H, W), 0..1."""


@dataclass(frozen=True, slots=True)
class HeatStyle:
    """How heat is drawn.

    Attributes:
        colour_map: a name in ``COLOUR_MAPS``.
        opacity: 0 (the scan alone) to 1.
        threshold: heat below this gets no colour, 0 to 1; to the nearest 256th.

    Raises:
        ValueError: an unknown colour map, or a number outside 0..1.
    """

    colour_map: str = INFERNO
    opacity: float = OPACITY
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.colour_map not in COLOUR_MAPS:
            raise ValueError(
                f"A colour map is one of {', '.join(COLOUR_MAPS)}. Received: {self.colour_map!r}"
            )
        for name in ("opacity", "threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is 0 to 1. Received: {getattr(self, name)}")

    @property
    def line_level(self) -> float:
        """The heat that the white line encloses: half, or the threshold where that is higher."""
        return max(LINE_LEVEL, self.threshold)

    @property
    def line_name(self) -> str:
        """The same in words: "half" or "70 %" of the strongest."""
        level = self.line_level
        return "half" if level == LINE_LEVEL else f"{level * 100:.0f} %"


DEFAULT_STYLE: Final = HeatStyle()


def blend(pixels: Grey, heat: Heat, style: HeatStyle = DEFAULT_STYLE) -> Colour:
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
    table = _mixtures(style)
    mixed = np.empty((*pixels.shape, 3), np.uint8)
    for rows in row_blocks(*pixels.shape):
        index = _levels(heat[rows]).astype(np.uint16)
        index <<= 8
        index |= pixels[rows]
        np.take(table, index, axis=0, out=mixed[rows], mode="clip")  # "raise" would buffer
    return mixed


def legend(style: HeatStyle = DEFAULT_STYLE, width: int = 256) -> Colour:
    """Draw heat 0..1 from left to right as ``blend`` draws it, over a middle grey.

    Returns:
        uint8 (1, width, 3), RGB.
    """
    ramp = np.linspace(0, 1, width, dtype=np.float32)[None]
    return blend(np.full((1, width), _LEGEND_GREY, np.uint8), ramp, style)


def outlines(inside: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """Return the borders of a region, each int32 (n, 2) of (x, y) pixels; holes have theirs too."""
    # The border of one pixel closes regions that touch the image's edge.
    padded = np.pad(inside.astype(np.uint8), 1)
    contours, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(contour, np.int32)[:, 0, :] - 1 for contour in contours]


def overlay_picture(pixels: Grey, heat: Heat, style: HeatStyle = DEFAULT_STYLE) -> Colour:
    """Lay a heat map over a scan, with a white line round what is above ``style.line_level``.

    Args:
        pixels: uint8 (H, W), the scan.
        heat: float32 (H, W), 0..1.
        style: how it is drawn; without opacity there is no line either.

    Returns:
        uint8 (H, W, 3), RGB.
    """
    picture = blend(pixels, heat, style)
    if style.opacity > 0:
        width = max(1, round(max(pixels.shape) / 256))
        rimmed_lines(picture, outlines(heat >= style.line_level), LINE_COLOUR, width)
    return picture


def rimmed_lines(
    picture: Colour, lines: list[NDArray[np.int32]], colour: tuple[int, int, int], width: int
) -> None:
    """Draw closed lines of (x, y) pixels into a picture, each with a dark rim."""
    cv2.polylines(picture, lines, True, RIM_COLOUR, 2 * width + 1, cv2.LINE_AA)
    cv2.polylines(picture, lines, True, colour, width, cv2.LINE_AA)


def _levels(heat: Heat) -> Grey:
    # To whole steps and back: convertScaleAbs alone would take the negative of what is below 0.
    return np.asarray(cv2.convertScaleAbs(np.maximum(heat, 0), alpha=255), np.uint8)


def _first_coloured(style: HeatStyle) -> int:
    return round(style.threshold * 255)


@lru_cache(maxsize=_TABLES)
def _mixtures(style: HeatStyle) -> Colour:
    """What a pixel becomes, uint8 (65536, 3): at 256 times its heat's step plus its grey value."""
    heat = np.arange(256) / 255
    share = style.opacity * np.minimum(heat / _OPAQUE_FROM, 1.0)
    share[: _first_coloured(style)] = 0
    weight = share[:, None, None]
    greys = np.arange(256)[None, :, None]
    mixed = greys * (1 - weight) + COLOUR_MAPS[style.colour_map][:, None, :] * weight
    table = np.rint(mixed).astype(np.uint8).reshape(-1, 3)
    table.setflags(write=False)
    return table
