"""Losses on backend-agnostic tensors: classification, and where the heat map lies."""

from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray


def cell_weights(side: int, cells: int, offset: float, stride: float) -> NDArray[np.float32]:
    """Return how much of each pixel belongs to each cell of a feature map, along one axis.

    Linear shares between the two nearest cell centres, the transpose of linear interpolation; a
    pixel beyond the first or last centre belongs to that cell alone.

    Returns:
        float32 (cells, side) whose columns add up to 1.
    """
    position = np.clip((np.arange(side) - offset) / stride, 0, cells - 1)
    distance = np.abs(position[None, :] - np.arange(cells)[:, None])
    return np.clip(1 - distance, 0, 1).astype(np.float32)


def outline_on_cells(outlines: Any, weights: NDArray[np.float32]) -> tuple[Any, Any]:
    """Bring outlines to the feature map's cells, aligned with their receptive fields.

    Args:
        outlines: float (N, side, side, 1), 0 or 1.
        weights: from ``cell_weights``.

    Returns:
        ``(target, area)``: float (N, cells, cells) adding up to 1 where there is an outline (to 0
        elsewhere), and the outline's area (N,) in pixels.
    """
    w = ops.convert_to_tensor(weights)
    cells = ops.einsum("iy,nyx,jx->nij", w, outlines[..., 0], w)
    area = ops.sum(cells, axis=(1, 2))
    return cells / ops.maximum(area, 1.0)[:, None, None], area


def localisation_loss(maps: Any, labels: Any, target: Any, area: Any, min_area: float = 8.0) -> Any:
    """Cross-entropy between the outline and the true class's activation map.

    The map is made a distribution by softplus and division by its sum, so a cell outside the
    outline is pushed below zero (where Grad-CAM's ReLU removes it) and the peak to where the
    outline weighs most. It is the supervision of Li et al., "Tell me where to look" (GAIN, 2018),
    in a form that needs neither a second pass nor a gradient, thanks to the closed form of Grad-CAM
    for a dense layer on pooled features.

    Args:
        maps: float (N, h, w, C), activation map of each class.
        labels: int (N,), true classes.
        target: float (N, h, w), from ``outline_on_cells``.
        area: float (N,), outline area; smaller than ``min_area`` pixels counts as no outline.

    Returns:
        float (N,), 0 where there is no outline.
    """
    maps = ops.cast(maps, "float32")
    chosen = ops.one_hot(ops.cast(labels, "int32"), maps.shape[-1], dtype="float32")
    heat = ops.softplus(ops.einsum("nhwc,nc->nhw", maps, chosen)) + 1e-6
    share = heat / ops.sum(heat, axis=(1, 2), keepdims=True)
    loss = -ops.sum(target * ops.log(share), axis=(1, 2))
    return ops.where(area >= min_area, loss, 0.0)


def classification_loss(
    logits: Any, labels: Any, class_weights: NDArray[np.float32], smoothing: float
) -> Any:
    """Return the class-weighted cross-entropy with label smoothing, float (N,).

    Label smoothing as in Szegedy et al., "Rethinking the Inception architecture" (2016).
    """
    classes = class_weights.shape[0]
    hot = ops.one_hot(ops.cast(labels, "int32"), classes, dtype="float32")
    soft = hot * (1 - smoothing) + smoothing / classes
    log_probability = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    weight = ops.sum(hot * ops.convert_to_tensor(class_weights), axis=-1)
    return -weight * ops.sum(soft * log_probability, axis=-1)
