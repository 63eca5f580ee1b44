"""The names in a run folder and the few operations that both of its sides need.

`run_folder` states the contract; import from there.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import filelock

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.metrics_file import plain
from brain_tumor.jobs.status import Reason, RunState, RunStatus

CONFIG: Final = "config.json"
STATUS: Final = "status.json"
METRICS: Final = "metrics.jsonl"
LOG: Final = "log.txt"
STOP: Final = "stop"
LOCK: Final = "run.lock"
CHECKPOINTS: Final = "checkpoints"
TENSORBOARD: Final = "tensorboard"

FACTS: Final = "facts.json"
"""What the run found: its data, its devices."""

VALIDATION: Final = "validation.json"
MISTAKES: Final = "mistakes"

STOP_MODES: Final = ("graceful",)
LOCK_PATIENCE: Final = 0.5
"""Seconds to wait for a folder's lock; a reader that looks at it holds it for microseconds."""


@contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Turn "it is not there" and "it may not be touched" into a RunFolderError.

    Other OSErrors pass: a full disk is the trainer's to report.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, FileExistsError) as error:
        raise RunFolderError(
            f"A run needs its folder for as long as it goes on. Received: {folder}, which is gone "
            f"or is no folder ({error}). Start a new run in another folder."
        ) from error
    except PermissionError as error:
        raise RunFolderError(
            f"A run folder must be open to this user. Received: {folder} ({error}). "
            "Change its permissions or take another folder."
        ) from error


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file aside and rename it into place, so that no reader sees half of it."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(to_text(values), encoding="utf-8")
    aside.replace(path)


def to_text(values: Mapping[str, Any]) -> str:
    """Give a mapping as JSON that any parser reads."""
    return json.dumps(plain(values), allow_nan=False, indent=2) + "\n"


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; RunFolderError where it is missing or damaged."""
    try:
        values = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunFolderError(
            f"A run folder holds {path.name}. Received: {path.parent}, which has none. "
            "Check the path; a run that was just started needs a moment to write it."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(_damaged(path, error)) from error
    if not isinstance(values, dict):
        raise RunFolderError(_damaged(path, f"it holds a {type(values).__name__}"))
    return values


def _damaged(path: Path, why: object) -> str:
    return (
        f"{path.name} must be a readable JSON object. Received: {path} ({why}). "
        "Delete the file and resume the run, or start a new one."
    )


def read_status(folder: Path) -> RunStatus:
    """Read the status as it was written, with no look at whether the process lives.

    Raises RunFolderError where it is missing, damaged, or breaks the rules of a RunStatus.
    """
    return RunStatus.from_json(read_json(folder / STATUS))


def write_status(folder: Path, status: RunStatus) -> None:
    """Write a status as it is; the trainer's side goes through `RunWriter`, which fills it in.

    Raises RunFolderError where there is no such folder; OSError from a full disk passes.
    """
    with folder_errors(folder):
        write_json(folder / STATUS, status.to_json())


def write_end(folder: Path, state: RunState, words: str, reason: str = Reason.NONE) -> None:
    """Write how a run ended that has no process to say it; nothing where it has said so itself.

    Raises RunFolderError where a process owns the folder, or its status is damaged.
    """
    with claimed(folder):
        before = read_status(folder)
        if not before.ended:
            write_status(folder, before.now(state, words, reason))


def request_stop(folder: Path, mode: str = "graceful") -> None:
    """Ask the run to stop: after the step it is in, with a checkpoint. Asking twice is the same.

    The existence of the file is the request, so it counts even if a full disk leaves it empty.
    Raises RunFolderError where there is no such folder, or for an unknown mode.
    """
    if mode not in STOP_MODES:
        raise RunFolderError(
            f"A stop request has one of the modes {STOP_MODES}. Received: {mode!r}. Use 'graceful'."
        )
    request = {"mode": mode, "time": time.time(), "pid": os.getpid()}
    with folder_errors(folder):
        (folder / STOP).write_text(to_text(request), encoding="utf-8")


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Own a run folder for a moment, as a trainer owns it for its life.

    Raises RunFolderError where somebody else owns it, or where there is no such folder.
    """
    if not folder.is_dir():
        raise RunFolderError(
            f"A run has a folder. Received: {folder}, which is none. Look at the list of runs."
        )
    with folder_errors(folder):
        try:
            taken = lock_of(folder).acquire(timeout=LOCK_PATIENCE)
        except filelock.Timeout as error:
            raise RunFolderError(
                f"One process at a time may write a run folder. Received: {folder}, in use by "
                f"{owner_of(folder)}. Wait for it, ask it to stop, or take another folder."
            ) from error
    with taken:
        yield


def owner_of(folder: Path) -> str:
    """Say who wrote the folder's status last, for the message that it is in use."""
    try:
        status = read_status(folder)
    except RunFolderError:
        return "another process"
    return f"process {status.pid} on {status.host}"


def lock_of(folder: Path) -> filelock.BaseFileLock:
    """Give the folder's lock, not yet taken; usable from any thread of this process."""
    return filelock.FileLock(folder / LOCK, thread_local=False)
