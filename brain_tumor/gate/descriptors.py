"""Numbers that describe the standardised square: its composition, contours, texture and greys."""

from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL: Final = 16
"""Side of the small copy whose greys are compared as they lie."""

HOG_SIDE: Final = 64
"""Side of the copy from which oriented gradients are taken."""

STATISTICS: Final = 49
"""Numbers that ``statistics`` gives of a square."""

_CELL: Final = 8  # pixels
_ORIENTATIONS: Final = 9
_BANDS: Final = 12
_RINGS: Final = 8
_LEVELS: Final = 16

Floats = NDArray[np.float32]


def thumbnails(squares: NDArray[np.uint8]) -> Floats:
    """Return float32 (N, THUMBNAIL²): small copies, each of mean 0 and length 1."""
    size = (THUMBNAIL, THUMBNAIL)
    small = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in squares])
    flat = small.reshape(len(squares), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def oriented_gradients(squares: NDArray[np.uint8]) -> Floats:
    """Return float32 (N, 1764): histograms of oriented gradients (Dalal and Triggs, 2005).

    Of a copy of ``HOG_SIDE`` pixels: cells of 8 pixels, blocks of 2 x 2 cells, 9 orientations
    without sign, so an inverted picture has the same.
    """
    size = (HOG_SIDE, HOG_SIDE)
    small = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in squares])
    down, across = np.gradient(small.astype(np.float32), axis=(1, 2))
    cells = _cells(np.hypot(across, down), np.arctan2(down, across) / np.pi % 1)
    corners = [cells[:, y : y + 7, x : x + 7] for y in (0, 1) for x in (0, 1)]
    blocks = np.concatenate(corners, axis=-1)
    blocks = _unit(np.minimum(_unit(blocks, 32.0), 0.2), 1e-3)
    return np.asarray(blocks.reshape(len(squares), -1), np.float32)


def _cells(size: Floats, turn: Floats) -> Floats:
    """Sum gradients into (N, 8, 8, 9): each goes to the two nearest of 9 orientations."""
    place = turn * _ORIENTATIONS
    lower = np.floor(place)
    upper_share = place - lower
    count, side = len(size), HOG_SIDE // _CELL
    cells = np.empty((count, side, side, _ORIENTATIONS), np.float32)
    for at in range(_ORIENTATIONS):
        weight = np.where(lower % _ORIENTATIONS == at, 1 - upper_share, 0)
        weight += np.where((lower + 1) % _ORIENTATIONS == at, upper_share, 0)
        grid = (size * weight).reshape(count, side, _CELL, side, _CELL)
        cells[..., at] = grid.sum(axis=(2, 4))
    return cells


def _unit(blocks: Floats, floor: float) -> Floats:
    """Bring blocks to length 1, those about as short as ``floor`` to less: they are grain."""
    lengths = np.linalg.norm(blocks, axis=-1, keepdims=True)
    return np.asarray(blocks / np.sqrt(lengths**2 + floor**2), np.float32)


def statistics(squares: NDArray[np.uint8]) -> Floats:
    """Return float32 (N, 49): spectrum, rings, greys, fine texture and symmetry of squares.

    - The logarithm of the spectrum's mean power in each of 12 bands of frequency.
    - Mean and standard deviation of grey (0..1) in each of 8 rings about the centre.
    - The square root of the share of pixels in each of 16 bins of grey.
    - The mean absolute Laplacian at three scales, in units of the grey's deviation.
    - The correlation with the mirrored and the flipped square.
    """
    return np.stack([_statistics(one) for one in squares])


def _statistics(square: NDArray[np.uint8]) -> Floats:
    side = len(square)
    grey: Floats = square.astype(np.float32) / np.float32(255)
    deviation = max(float(grey.std()), 1e-3)
    small = np.asarray(cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA), np.float32)
    power = np.abs(np.fft.rfft2(small - small.mean())) ** 2 / small.size**2
    bands = _means(power, _frequency_bands())
    means = _means(grey, _rings(side))
    squared = _means(grey * grey, _rings(side))
    deviations = np.sqrt(np.maximum(squared - means**2, 0))
    greys = np.sqrt(np.bincount(square.ravel() >> 4, minlength=_LEVELS) / square.size)
    values = [np.log(bands + 1e-8), means, deviations, greys]
    values += [_texture(grey, deviation), _symmetry(small)]
    return np.concatenate(values).astype(np.float32)


def _means(values: NDArray[Any], parts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of an array's values in each of its numbered parts; -1 counts nowhere."""
    flat, weights = parts.ravel() + 1, values.ravel()
    sums = np.bincount(flat, weights)[1:]
    return np.asarray(sums / np.maximum(np.bincount(flat)[1:], 1), np.float64)


@cache
def _frequency_bands() -> NDArray[np.int64]:
    rows, columns = np.fft.fftfreq(128)[:, np.newaxis], np.fft.rfftfreq(128)[np.newaxis]
    octaves = np.log2(np.maximum(np.hypot(rows, columns) * 128, 0.5))
    bands = np.floor(octaves * _BANDS / 6.5).astype(np.int64)
    bands[0, 0] = -1
    return np.clip(bands, -1, _BANDS - 1)


@cache
def _rings(side: int) -> NDArray[np.int64]:
    axis = (np.arange(side) + 0.5) / side * 2 - 1
    radius = np.hypot(axis[:, np.newaxis], axis[np.newaxis])
    return np.minimum(radius * _RINGS / 1.2, _RINGS - 1).astype(np.int64)


def _texture(grey: Floats, deviation: float) -> NDArray[np.float64]:
    found = []
    for _ in range(3):
        found.append(float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean()) / deviation)
        grey = np.asarray(cv2.pyrDown(grey), np.float32)
    return np.array(found)


def _symmetry(grey: Floats) -> NDArray[np.float64]:
    centred = grey - grey.mean()
    whole = max(float((centred * centred).sum()), 1e-6)
    mirrored, flipped = centred[:, ::-1], centred[::-1]
    return np.array([(centred * mirrored).sum() / whole, (centred * flipped).sum() / whole])
