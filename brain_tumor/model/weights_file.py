"""Keras weights on disk: npz files keyed ``LAYER/WEIGHT``, in parts, half floats where they do.

Plain NumPy archives load without Keras, on any backend, and without running code from the file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import WeightsError
from brain_tumor.model.network import PREDICTIONS, block_of

Tensors = dict[str, NDArray[np.floating[Any]]]

PART_BYTES: Final = 45 * 2**20
"""Most bytes of tensors in one part: under what Git hosts accept without a warning."""


def tensors_of(model: Any) -> Tensors:
    """Return a Keras model's weights as float32 arrays keyed ``LAYER/WEIGHT``."""
    return {
        f"{layer.name}/{weight.name}": np.asarray(weight.numpy(), np.float32)
        for layer in model.layers
        for weight in layer.weights
    }


def to_half(tensors: Mapping[str, NDArray[Any]]) -> Tensors:
    """Return float16 copies, save for batch-norm variances, whose range needs float32."""
    return {
        key: value.astype(np.float32 if key.endswith("/moving_variance") else np.float16)
        for key, value in tensors.items()
    }


def save_parts(tensors: Mapping[str, NDArray[Any]], folder: Path, stem: str) -> list[Path]:
    """Write tensors to ``STEM-1.npz``, ``STEM-2.npz``… of at most ``PART_BYTES`` each."""
    parts: list[Tensors] = [{}]
    size = 0
    for key in sorted(tensors):
        if size + tensors[key].nbytes > PART_BYTES and parts[-1]:
            parts.append({})
            size = 0
        parts[-1][key] = tensors[key]
        size += tensors[key].nbytes
    paths = [folder / f"{stem}-{number}.npz" for number in range(1, len(parts) + 1)]
    for path, part in zip(paths, parts, strict=True):
        np.savez(path, **part)  # type: ignore[arg-type]
    return paths


def load_parts(paths: Sequence[Path]) -> Tensors:
    """Read weights files into one mapping.

    Raises:
        WeightsError: a file is missing or is not a NumPy archive.
    """
    tensors: Tensors = {}
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as archive:
                tensors.update({key: archive[key] for key in archive.files})
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise WeightsError(
                f"Weights are NumPy archives keyed LAYER/WEIGHT. {path} cannot be read ({error}). "
                "Give the path of a complete .npz file."
            ) from error
    return tensors


def set_weights(model: Any, tensors: Mapping[str, NDArray[Any]], *, new_head: bool = False) -> None:
    """Put tensors into a Keras model.

    Residual blocks that the file lacks as a whole become the identity (their last convolution is
    set to zero), so a network trained with few active blocks grows without changing its output.
    Blocks of the file that the model skips are ignored. ``new_head`` leaves the dense layer as it
    is where its shape differs.

    Raises:
        WeightsError: any other weight is missing or has another shape.
    """
    known_blocks = {block_of(key) for key in tensors}
    for layer in model.layers:
        block = block_of(layer.name)
        grown = block is not None and block not in known_blocks
        for weight in layer.weights:
            key = f"{layer.name}/{weight.name}"
            if grown:
                if layer.name.endswith("_3_conv"):
                    weight.assign(np.zeros(weight.shape, np.float32))
                continue
            value = tensors.get(key)
            if value is not None and value.shape == tuple(weight.shape):
                weight.assign(value.astype(np.float32))
            elif not (new_head and layer.name == PREDICTIONS):
                received = "nothing" if value is None else f"shape {value.shape}"
                raise WeightsError(
                    f"The weights must fit the network: {key} needs shape {tuple(weight.shape)}. "
                    f"Received: {received}. Choose the backbone that the weights were made for."
                )
