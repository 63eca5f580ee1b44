"""Settings to begin with, for what the machine has; imports no training framework."""

from typing import Any, Final

_GIB: Final = 2**30
_BATCHES: Final = ((40 * _GIB, 128), (20 * _GIB, 64), (10 * _GIB, 32))
"""Free GPU memory and the batch of 224 x 224 images for it. Cautious: a batch that is too large
ends a run with "out of memory" after minutes."""

_SMALL_BATCH: Final = 16
_QUICK: Final = {
    "backbone": "ResNet50V2",
    "weights": "none",
    "side": 96,
    "epochs": 30,
    "learning_rate": 1e-3,
    "augment": 0.3,
    "ema_momentum": 0.9,
    "patience": 0,
}
"""Learns within a hundred steps of 16 images, as few others do: the statistics of a MobileNetV2's
batch normalisation take a thousand steps to settle, and its validation stays at chance till then.
"""

_CPU_EPOCHS: Final = 3


def suggested_settings(
    gpu_memory_free: int | None, *, gpu: bool, shipped: bool, quick: bool = False
) -> dict[str, Any]:
    """Return settings of ``TrainConfig`` that differ from its defaults.

    Args:
        gpu_memory_free: bytes; None where it is not known.
        gpu: whether the run gets a GPU.
        shipped: whether the shipped bundle has weights to go on from; ImageNet's have to be
            downloaded, which many machines cannot.
        quick: for a run of minutes, from scratch, that shows how a small network learns a few
            images, and is worth nothing else.
    """
    settings: dict[str, Any] = {"weights": "shipped" if shipped else "imagenet"}
    if not gpu:
        settings |= {"batch_size": _SMALL_BATCH, "epochs": _CPU_EPOCHS, "precision": "float32"}
    else:
        free = gpu_memory_free or 0
        fitting = (batch for memory, batch in _BATCHES if free >= memory)
        settings["batch_size"] = next(fitting, _SMALL_BATCH)
    return settings | _QUICK if quick else settings
