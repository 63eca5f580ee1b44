from collections.abc import Iterator
from pathlib import Path

import pytest

from brain_tumor.jobs.launcher import LocalLauncher
from brain_tumor.jobs.run_folder import RunWriter
from brain_tumor.jobs.run_reader import list_runs, try_status
from tests.jobs.run_process import STAND_IN_PROGRAM


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs; whatever still works on them at the end is killed."""
    root = tmp_path / "runs"
    root.mkdir()
    yield root
    for folder in list_runs(root):
        status = try_status(folder)
        if status is not None and status.working:
            LocalLauncher().kill(folder)


@pytest.fixture
def launcher() -> LocalLauncher:
    """A launcher whose trainers need no Keras."""
    return LocalLauncher(STAND_IN_PROGRAM)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder that does not exist yet."""
    return tmp_path / "runs" / "one"


@pytest.fixture
def writer(folder: Path) -> Iterator[RunWriter]:
    """A trainer's side of it."""
    with RunWriter(folder, config={"epochs": 2}, tensorboard=False) as writer:
        yield writer
