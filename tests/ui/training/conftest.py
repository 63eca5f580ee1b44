"""The training page over run folders whose states are known."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from brain_tumor.__main__ import main
from brain_tumor.jobs import layout
from brain_tumor.jobs.devices import Gpu, Machine, look_at_machine
from brain_tumor.jobs.policy import Access, TrainingPolicy
from brain_tumor.jobs.process import identity
from brain_tumor.jobs.run_folder import RunState, RunStatus, RunWriter
from brain_tumor.training.config import TrainConfig
from brain_tumor.ui.training import access, state
from tests.conftest import ROOT

PAGE = "brain_tumor/ui/training/page.py"
TIMEOUT = 60.0


class NotedLauncher:
    """Starts no run and notes what it was asked to do; short tasks are done at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.gpus: tuple[Gpu, ...] = ()

    def machine(self) -> Machine:
        return replace(look_at_machine(), gpus=self.gpus)

    def start(self, folder: Path, device: str, command: Sequence[str] = ()) -> None:
        if command:  # a short task: done here and now
            assert main(list(command)) == 0
            return
        self.asked.append(("start", folder.name, device))
        (folder / layout.STOP).unlink(missing_ok=True)
        own = identity()
        status = RunStatus(RunState.STARTING, pid=own.pid, pid_started=own.started, host=own.host)
        layout.write_status(folder, status)

    def stop(self, folder: Path) -> None:
        self.asked.append(("stop", folder.name, ""))
        layout.request_stop(folder)

    def kill(self, folder: Path) -> None:
        self.asked.append(("kill", folder.name, ""))


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NotedLauncher:
    """Gives the page a folder of runs of its own and a launcher that starts nothing."""
    noted = NotedLauncher()
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv(state.RUNS_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setattr(state, "LocalLauncher", lambda: noted)
    monkeypatch.setattr(state, "_look_after", lambda runs: None)
    return noted


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets everyone start runs, as on a server that only its own machine reaches."""
    everyone = TrainingPolicy(Access.OPEN, "This server is reached from its own machine alone.")
    monkeypatch.setattr(access, "policy", lambda: everyone)


@pytest.fixture
def runs(tmp_path: Path, launcher: NotedLauncher) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def app(launcher: NotedLauncher) -> Iterator[AppTest]:
    """The training page before its first run."""
    st.cache_resource.clear()
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT)
    yield test.run().switch_page(PAGE)
    st.cache_resource.clear()


def write_run(folder: Path, run_state: RunState, **changes: Any) -> Path:
    """Write a run's folder as a trainer does, in a state; the trainer is this process."""
    config = TrainConfig(data="/data/set", run_dir=str(folder), epochs=4).to_dict()
    with RunWriter(folder, config=config, tensorboard=False) as writer:
        writer.write_status(
            replace(
                writer.status, state=RunState.RUNNING, epochs=4, steps_per_epoch=9, total_steps=36
            )
        )
        writer.log("Epoch 1 of 4.")
        for step in range(1, 13):
            measured = {"loss": 2.0 / step, "accuracy": step / 20}
            given = {"learning_rate": 1e-4, "images_per_second": 30.0}
            writer.log_step(step, step // 9, **measured, **given)
        writer.log_epoch(1, step=9, val_loss=0.9, val_accuracy=0.7, val_score=0.8)
        writer.write_status(replace(writer.status, state=run_state, epoch=1, step=12, **changes))
    return folder
