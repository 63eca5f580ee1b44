"""Checkpoints: everything a run needs to go on as if it had not stopped."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import TrainingError

_PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come. ``epoch`` epochs are done and ``step_in_epoch`` steps of the next."""

    epoch: int = 0
    step_in_epoch: int = 0
    step: int = 0
    best_epoch: int | None = None
    best_score: float | None = None


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
    arrays = {key: np.asarray(variable.numpy()) for key, variable in _variables(model).items()}
    arrays[_PROGRESS] = np.array(json.dumps(asdict(progress)))
    write_archive(path, arrays)


def load_checkpoint(path: Path, model: Any) -> Progress:
    """Put a checkpoint back into a compiled and built model.

    Raises:
        TrainingError: the file is damaged or belongs to another network.
    """
    variables = _variables(model)
    try:
        with np.load(path, allow_pickle=False) as archive:
            if set(archive.files) != {*variables, _PROGRESS}:
                raise TrainingError(
                    f"A checkpoint must belong to the run's own network. {path} does not: "
                    "start a new run, or resume with the version that wrote it."
                )
            for key, variable in variables.items():
                variable.assign(archive[key])
            return Progress(**json.loads(str(archive[_PROGRESS])))
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise TrainingError(
            f"A checkpoint must be a complete file. {path} cannot be read ({error}). "
            "Start a new run, from the best weights so far with --weights FILE."
        ) from error


def read_progress(path: Path) -> Progress:
    """Return the progress that a checkpoint holds without reading its weights."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return Progress(**json.loads(str(archive[_PROGRESS])))
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise TrainingError(
            f"A checkpoint must be a complete file. {path} cannot be read ({error})."
        ) from error


def _variables(model: Any) -> dict[str, Any]:
    named = {f"model/{i}": variable for i, variable in enumerate(model.variables)}
    for i, variable in enumerate(model.optimizer.variables):
        named[f"optimizer/{i}"] = variable
    return named
