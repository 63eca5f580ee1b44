"""The colours of heat: tables of 256 steps that get lighter all the way.

Inferno is the default. Like magma, viridis and cividis it is perceptually uniform and gets lighter
in even steps, so that it is read in the right order with any kind of colour blindness and in grey
(Smith and van der Walt, matplotlib, 2015; cividis: Nunez, Anderton and Renslow, "Optimizing
colormaps with consideration for color vision deficiency", PLoS ONE 13(7), 2018). Over a grey scan
that is not enough: colours must not look like anatomy. Cividis, the map made for colour blindness,
runs through neutral grey half way; inferno stays the furthest from grey for normal sight and for
each kind of colour blindness, as Machado, Oliveira and Fernandes simulate them (2009).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.uint8]
"""uint8 (256, 3), RGB: the colour of heat 0..1 in 256 steps."""


def _table(number: int) -> Table:
    steps = np.arange(256, dtype=np.uint8)[:, None]
    return _read_only(np.ascontiguousarray(cv2.applyColorMap(steps, number)[:, 0, ::-1]))


def _read_only(table: Table) -> Table:
    table.setflags(write=False)
    return table


INFERNO: Final = "inferno"

COLOUR_MAPS: Final[dict[str, Table]] = {
    INFERNO: _table(cv2.COLORMAP_INFERNO),
    "magma": _table(cv2.COLORMAP_MAGMA),
    "viridis": _table(cv2.COLORMAP_VIRIDIS),
    "cividis": _table(cv2.COLORMAP_CIVIDIS),
    "grey": _read_only(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)),
}
"""The tables by name, the default first."""
