"""Grad-CAM in the coordinates of the scan, aligned with what each cell has seen.

The network ends in global average pooling and one dense layer, so the gradient of a class score
with respect to feature map k is the same in every cell, W[k, c] / (h w), and Grad-CAM (Selvaraju et
al., 2017) is the class activation map (Zhou et al., 2016) up to that factor: a forward pass gives
it. The cells are then drawn where their receptive fields are centred. In Keras' ResNetV2 that is
pixel 32 i, not the 32 i + 16 that a plain resize assumes and that moves all heat half a cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brain_tumor.imaging.crop import CropBox


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Where the cells of a feature map lie on the network's input.

    Cell i is centred on pixel ``offset + stride * i`` along either axis of an input of ``side``
    pixels (pixel centres at whole numbers).
    """

    side: int
    offset: float
    stride: float


def resampling_matrix(
    grid: CellGrid, cells: int, start: int, stop: int, size: int
) -> NDArray[np.float32]:
    """Return the weights with which cells make up pixels, along one axis of the scan.

    Keys' cubic convolution (a = -0.5; Keys, 1981): it keeps the cells' values and lets the peak
    fall between two cells, which linear interpolation cannot. The outermost cells are repeated
    beyond the grid.

    Args:
        grid: where the cells lie.
        cells: number of cells along this axis.
        start: first pixel of the crop on the scan.
        stop: pixel after the crop's last.
        size: pixels of the scan along this axis.

    Returns:
        float32 (size, cells); rows inside the crop add up to 1, those outside are zero.
    """
    pixels = np.arange(start, stop)
    on_input = (pixels - start + 0.5) * (grid.side / (stop - start)) - 0.5
    position = (on_input - grid.offset) / grid.stride
    first = np.floor(position).astype(int) - 1
    matrix = np.zeros((size, cells), np.float64)
    for tap in range(4):
        index = first + tap
        weight = _keys(np.abs(position - index))
        np.add.at(matrix, (pixels, np.clip(index, 0, cells - 1)), weight)
    return matrix.astype(np.float32)


def _keys(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    d = distance
    near = 1.5 * d**3 - 2.5 * d**2 + 1
    far = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def draw_on_scan(
    class_map: NDArray[np.float32], grid: CellGrid, box: CropBox, height: int, width: int
) -> NDArray[np.float32]:
    """Bring one class's activation map to the scan.

    Args:
        class_map: float (h, w), any scale; negative values speak against the class.
        grid: where the map's cells lie on the network's input.
        box: the crop that became the input.
        height: rows of the scan.
        width: columns of the scan.

    Returns:
        float32 (height, width), 0..1: the highest value is 1 unless nothing speaks for the class;
        0 outside the crop.
    """
    positive = np.maximum(class_map, 0).astype(np.float32)  # Grad-CAM's ReLU
    rows = resampling_matrix(grid, class_map.shape[0], box.y0, box.y1, height)
    columns = resampling_matrix(grid, class_map.shape[1], box.x0, box.x1, width)
    heat = np.asarray(rows @ positive @ columns.T, dtype=np.float32)
    # In place: the map of a scan of 8192 x 8192 pixels takes 256 MB, and a copy as much again.
    np.maximum(heat, 0, out=heat)  # cubic weights overshoot a little below zero beside a peak
    peak = float(heat.max())
    if peak > 0:
        heat /= np.float32(peak)
    return heat
