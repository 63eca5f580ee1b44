"""A picture of what augmentation makes of some training images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from brain_tumor.data.dataset import TESTING, Item, read_dataset
from brain_tumor.drawing.overlay import outlines
from brain_tumor.errors import DatasetError
from brain_tumor.training.arrays import Arrays, load_arrays
from brain_tumor.training.augment import (
    Strength,
    apply_parameters,
    draw_parameters,
    noise_bank,
)

SIDE: Final = 160
COLUMNS: Final = 5
"""The image as it is, and so many less one as training might see it."""

_LINE: Final = (255, 196, 0)


def augmented_sheet(
    data: Path, strength: float, seed: int = 0, side: int = SIDE, rows: int = 4
) -> NDArray[np.uint8]:
    """Draw training images as they are, and beside each what augmentation makes of it.

    Tumour outlines are drawn as they move along.

    Args:
        data: the data folder.
        strength: of the augmentation, as ``TrainConfig.augment``.
        seed: another seed shows other images and changes.
        side: of one picture in pixels, a multiple of 8.
        rows: images to show, of one class after another.

    Returns:
        uint8 (rows * side, COLUMNS * side, 3), RGB.

    Raises:
        DatasetError: there is no image to learn from, or none can be read.
    """
    shown = load_arrays(_some(data, seed, rows), side)
    lines = [_row(shown, row, strength, seed) for row in range(len(shown))]
    return np.concatenate(lines, axis=0)


def _some(data: Path, seed: int, count: int) -> list[Item]:
    """Draw images of one class after another, those with an outline first."""
    items = [item for item in read_dataset(data).items if item.split != TESTING]
    if not items:
        raise DatasetError(f"There must be images to learn from. Received: {data}, which has none.")
    rng = np.random.default_rng(seed)
    by_class: dict[int, list[Item]] = {}
    for at in rng.permutation(len(items)):
        by_class.setdefault(items[at].label, []).append(items[at])
    for pool in by_class.values():
        pool.sort(key=lambda item: item.mask is None)
    turns = [by_class[label] for label in sorted(by_class)]
    chosen = (turns[n % len(turns)][n // len(turns) :] for n in range(count))
    return [pool[0] for pool in chosen if pool]


def _row(shown: Arrays, row: int, strength: float, seed: int) -> NDArray[np.uint8]:
    side = shown.images.shape[1]
    changed = COLUMNS - 1
    images = np.repeat(shown.images[row : row + 1, ..., None], changed, axis=0) / np.float32(255)
    masks = np.repeat(shown.outlines[row : row + 1, ..., None] > 0, changed, axis=0)
    rng = np.random.default_rng([seed, row])
    parameters = draw_parameters(rng, changed, side, Strength().scaled(strength))
    augmented, moved = apply_parameters(
        ops.convert_to_tensor(images),
        ops.convert_to_tensor(masks.astype(np.float32)),
        {name: ops.convert_to_tensor(value) for name, value in parameters.items()},
        ops.convert_to_tensor(noise_bank(side)),
    )
    pictures = np.rint(keras.ops.convert_to_numpy(augmented)[..., 0] * 255).astype(np.uint8)
    inside = keras.ops.convert_to_numpy(moved)[..., 0] > 0.5
    tiles = [_tile(shown.images[row], shown.outlines[row] > 0)]
    tiles += [_tile(picture, mask) for picture, mask in zip(pictures, inside, strict=True)]
    return np.concatenate(tiles, axis=1)


def _tile(picture: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    tile = np.repeat(picture[..., None], 3, axis=-1)
    lines: Sequence[NDArray[np.int32]] = outlines(inside)
    cv2.polylines(tile, lines, True, _LINE, 1, cv2.LINE_AA)
    return tile
