"""Checkpoints: everything a run needs to go on as if it had not stopped.

On one machine a resumed run equals the unbroken one to the last digit, on TensorFlow and on JAX. On
PyTorch the masks of dropout differ: Keras draws them from a generator that it does not keep.
"""

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from keras import ops
from numpy.typing import NDArray

from brain_tumor.errors import TrainingError

_PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come. ``epoch`` epochs are done and ``step_in_epoch`` steps of the next.

    ``stage`` names the stage that the last step belonged to: its optimizer is the one on disk.
    """

    epoch: int = 0
    step_in_epoch: int = 0
    step: int = 0
    best_epoch: int | None = None
    best_score: float | None = None
    stage: str = ""


def write_archive(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an npz aside, then rename it: a reader sees the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    try:
        with aside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def save_checkpoint(path: Path, model: Any, progress: Progress) -> None:
    """Write all variables of a compiled model (weights, seeds, optimizer) and the progress."""
    variables = {**_weights_and_seeds(model), **_optimizer_state(model)}
    arrays = {key: np.asarray(ops.convert_to_numpy(value)) for key, value in variables.items()}
    arrays[_PROGRESS] = np.array(json.dumps(asdict(progress)))
    write_archive(path, arrays)


def load_checkpoint(path: Path, model: Any, *, with_optimizer: bool = True) -> None:
    """Put a checkpoint back into a compiled and built model.

    Args:
        path: the checkpoint.
        model: a ``TrainingModel`` like the one that was saved.
        with_optimizer: restore the optimizer too. False where the next stage begins: it has an
            optimizer of its own, which the file does not hold.

    Raises:
        TrainingError: the file is damaged or belongs to another network.
    """
    variables = _weights_and_seeds(model)
    if with_optimizer:
        variables |= _optimizer_state(model)
    with _readable(path) as archive:
        for key, variable in variables.items():
            if key not in archive or archive[key].shape != tuple(variable.shape):
                raise TrainingError(
                    f"A checkpoint must belong to the run's own network. {path} does not "
                    f"({key}): start a new run, or resume with the version that wrote it."
                )
            variable.assign(archive[key])


def read_progress(path: Path) -> Progress:
    """Return the progress that a checkpoint holds without reading its weights.

    Raises:
        TrainingError: the file is damaged.
    """
    with _readable(path) as archive:
        return Progress(**json.loads(str(archive[_PROGRESS])))


@contextmanager
def _readable(path: Path) -> Iterator[Any]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            yield archive
    except (OSError, ValueError, EOFError, KeyError, TypeError, BadZipFile, zlib.error) as error:
        raise TrainingError(
            f"A checkpoint must be a complete file. {path} cannot be read ({error}). "
            "Start a new run, from the best weights so far with --weights FILE."
        ) from error


def _weights_and_seeds(model: Any) -> dict[str, Any]:
    """Name the variables so that no name depends on which layers are being trained."""
    network = model.network_model
    named = {
        f"weights/{layer.name}/{weight.name}": weight
        for layer in network.layers
        for weight in layer.weights
    }
    known = {id(variable) for variable in named.values()}
    others = [variable for variable in model.variables if id(variable) not in known]
    return named | {f"state/{i}": variable for i, variable in enumerate(others)}


def _optimizer_state(model: Any) -> dict[str, Any]:
    return {f"optimizer/{i}": value for i, value in enumerate(model.optimizer.variables)}
