"""Batches for one epoch, a function of (seed, epoch, step) alone."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brain_tumor.training.arrays import Arrays
from brain_tumor.training.augment import Strength, draw_parameters, identity_parameters


class EpochBatches(keras.utils.PyDataset):
    """Shuffled full batches of an epoch with augmentation parameters drawn on the host.

    The order and the parameters follow from seed, epoch and step, so a run that stops anywhere
    and resumes sees the batches it would have seen. The last partial batch is left out (another
    set of images each epoch): a batch of another size would be compiled anew.

    Call ``set_epoch`` before an epoch; ``skip`` batches of it are left out at the start.
    """

    def __init__(
        self, arrays: Arrays, batch_size: int, seed: int, strength: Strength | None
    ) -> None:
        super().__init__()
        self.arrays = arrays
        self.batch_size = min(batch_size, len(arrays))
        self.seed = seed
        self.strength = strength
        self.skip = 0
        self.epoch = 0
        self.order: NDArray[np.int64] = np.arange(len(arrays))
        self.set_epoch(0)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of a whole epoch."""
        return len(self.arrays) // self.batch_size

    def set_epoch(self, epoch: int, skip: int = 0) -> None:
        """Shuffle for ``epoch`` and leave out its first ``skip`` batches."""
        self.epoch, self.skip = epoch, skip
        self.order = np.random.default_rng([self.seed, epoch]).permutation(len(self.arrays))

    def __len__(self) -> int:
        return self.steps_per_epoch - self.skip

    def __getitem__(self, index: int) -> tuple[dict[str, Any], NDArray[np.int32]]:
        step = index + self.skip
        rows = self.order[step * self.batch_size : (step + 1) * self.batch_size]
        return batch_inputs(self.arrays, rows, self._parameters(step)), self.arrays.labels[rows]

    def _parameters(self, step: int) -> dict[str, NDArray[np.float32]]:
        if self.strength is None:
            return identity_parameters(self.batch_size)
        rng = np.random.default_rng([self.seed, self.epoch, step])
        side = self.arrays.images.shape[1]
        return draw_parameters(rng, self.batch_size, side, self.strength)


def batch_inputs(
    arrays: Arrays, rows: NDArray[np.int64], parameters: dict[str, NDArray[np.float32]]
) -> dict[str, Any]:
    """Return what the training model reads for some rows of the arrays."""
    return {
        "image": arrays.images[rows][..., np.newaxis],
        "outline": arrays.outlines[rows][..., np.newaxis],
        **parameters,
    }
