"""A heat map of four times as many cells, from passes over the same crop shifted by half a cell.

Shift-and-stitch: Sermanet et al., "OverFeat", 2014; Long et al., "Fully Convolutional Networks for
Semantic Segmentation", 2015. Where the input is moved by half the network's stride, each cell of
the maps is centred half a cell further on; the maps of all shifts, put between one another, are
those of a network of half the stride. The class and its probability are the answer's own.
"""

from dataclasses import replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.imaging.decode import Scan
from brain_tumor.pipeline import Answer, Classifier, prepare

SHIFTS: Final = 2
"""Shifts along either axis. Four take sixteen passes and drew hardly more heat into the tumours of
the validation images than two, which take four."""


def with_finer_maps(classifier: Classifier, scan: Scan, answer: Answer) -> Answer:
    """Return an answer with finer maps and their grid, by three more images in one batch.

    Args:
        classifier: what gave the answer.
        scan: the scan.
        answer: its answer.

    Returns:
        The answer with ``maps`` float32 (2 h, 2 w, 4) and a ``grid`` of half the stride; as it is
        where its maps are finer already.
    """
    if answer.grid != classifier.info.grid:
        return answer
    side, stride = answer.grid.side, answer.grid.stride
    step = int(stride / SHIFTS)
    original = prepare(scan, side, answer.crop)
    offsets = [offset for offset in product(range(SHIFTS), repeat=2) if any(offset)]
    moved = [
        replace(original, square=_shifted(original.square, down * step, right * step))
        for down, right in offsets
    ]
    height, width, classes = answer.maps.shape
    maps = np.empty((SHIFTS * height, SHIFTS * width, classes), np.float32)
    maps[::SHIFTS, ::SHIFTS] = answer.maps
    for (down, right), one in zip(offsets, classifier.answer(moved), strict=True):
        maps[down::SHIFTS, right::SHIFTS] = one.maps
    return replace(answer, maps=maps, grid=replace(answer.grid, stride=stride / SHIFTS))


def _shifted(square: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """Return the square seen from a point further down and right; what comes in is black."""
    seen = np.zeros_like(square)  # as augmentation fills in training
    seen[: len(square) - down, : len(square) - right] = square[down:, right:]
    return seen
