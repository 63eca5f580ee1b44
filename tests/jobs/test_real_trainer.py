"""Whole runs through the launcher: the real trainer, with a tiny network, in its own process."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from brain_tumor import CLASSES
from brain_tumor.jobs.launcher import CPU, LocalLauncher
from brain_tumor.jobs.results import (
    bundle_of,
    is_exported,
    read_evaluation,
    start_deployment,
    start_evaluation,
    start_export,
)
from brain_tumor.jobs.run_folder import Reason, RunReader, RunState, tail_log
from brain_tumor.jobs.runs import Runs
from brain_tumor.model.bundle_store import BundleStore
from brain_tumor.training.config import TrainConfig
from tests.jobs.run_process import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("keras") is None, reason="needs the extra `train`"),
]

PROGRAM = """
import os, sys, time
from brain_tumor.__main__ import main
from brain_tumor.commands import train
train.use_backend(None)
from brain_tumor.model import network
from tests.training.tiny import tiny_backbone
network._backbone = tiny_backbone
if "HOLD_AFTER" in os.environ:
    from brain_tumor.training.watcher import StepWatcher
    go_on = StepWatcher.on_train_batch_end
    def hold(self, *given, **named):
        go_on(self, *given, **named)
        while self.progress.step == int(os.environ["HOLD_AFTER"]):
            time.sleep(1)
    StepWatcher.on_train_batch_end = hold
sys.exit(main(sys.argv[1:]))
"""
EPOCHS = 3
STEPS = 6  # an epoch: 24 images to learn from, in batches of 4


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.training.tiny import write_data

    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def runs(root: Path) -> Runs:
    return Runs(root, LocalLauncher((sys.executable, "-c", PROGRAM)))


def settings(data: Path, **changes: Any) -> dict[str, Any]:
    config = TrainConfig(
        data=str(data),
        run_dir="",
        weights="none",
        side=32,
        epochs=EPOCHS,
        batch_size=4,
        validation_fraction=0.25,
        precision="float32",
        log_every=1,
    )
    return {**config.to_dict(), **changes}


def ended(folder: Path) -> bool:
    return RunReader(folder).status().ended


def steps_done(folder: Path) -> int:
    return max((record["step"] for record in RunReader(folder).metrics()), default=0)


def wait_for_step(folder: Path, step: int) -> psutil.Process:
    wait_until(lambda: steps_done(folder) >= step or ended(folder), seconds=120)
    status = RunReader(folder).status()
    assert not status.ended, (status, RunReader(folder).tail_log())
    return psutil.Process(status.pid)


def start(runs: Runs, config: dict[str, Any], name: str) -> Path:
    folder = runs.create(config, CPU, name)
    assert runs.poll() == (folder,)
    return folder


def test_sigkill_then_resume_equals_an_unbroken_run(
    runs: Runs, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = start(runs, settings(data), "whole")
    wait_until(lambda: ended(whole), seconds=120)
    assert RunReader(whole).status().state is RunState.FINISHED, RunReader(whole).tail_log()

    with monkeypatch.context() as patch:
        patch.setenv("HOLD_AFTER", str(STEPS + 3))  # in the second epoch
        broken = start(runs, settings(data), "broken")
    wait_for_step(broken, STEPS + 3).kill()
    lost = lambda: RunReader(broken).status().state is RunState.LOST  # noqa: E731
    assert wait_until(lost, seconds=5) < 5
    with np.load(broken / "checkpoints" / "latest.npz") as latest:
        assert f'"step": {STEPS}' in str(latest["progress"])  # half an epoch is lost

    runs.resume(broken, CPU)
    assert runs.poll() == (broken,)
    wait_until(lambda: ended(broken), seconds=120)
    assert RunReader(broken).status().state is RunState.FINISHED, RunReader(broken).tail_log()
    steps = [r["step"] for r in RunReader(broken).metrics() if r["kind"] == "step"]
    assert steps == list(range(1, EPOCHS * STEPS + 1))
    for name in ("latest", "best"):
        with (
            np.load(whole / "checkpoints" / f"{name}.npz") as a,
            np.load(broken / "checkpoints" / f"{name}.npz") as b,
        ):
            assert a.files == b.files
            assert [key for key in a.files if not np.array_equal(a[key], b[key])] == []


def test_stop_keeps_the_best_so_far_and_says_nothing_else(runs: Runs, data: Path) -> None:
    folder = start(runs, settings(data, epochs=500, patience=0), "long")
    process = wait_for_step(folder, STEPS + 1)
    runs.stop(folder)
    wait_until(lambda: ended(folder), seconds=60)
    assert RunReader(folder).status().state is RunState.STOPPED
    assert (folder / "checkpoints" / "best.npz").is_file()
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert not any("%|" in line for line in RunReader(folder).tail_log(1000))  # no bars


def test_data_that_go_in_mid_run_harm_the_next_start_alone(
    runs: Runs, data: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copytree(data, tmp_path / "mine"))
    folder = start(runs, settings(mine, epochs=500, patience=0), "one")
    wait_for_step(folder, 1)
    shutil.rmtree(mine)
    before = steps_done(folder)
    wait_for_step(folder, before + STEPS)  # what was read is in memory
    runs.stop(folder)
    wait_until(lambda: ended(folder), seconds=60)
    assert RunReader(folder).status().state is RunState.STOPPED
    runs.resume(folder, CPU)
    runs.poll()
    wait_until(lambda: ended(folder), seconds=60)
    status = RunReader(folder).status()
    assert (status.state, status.reason) == (RunState.FAILED, Reason.DATA_UNREADABLE)
    assert str(mine) in status.message


def test_a_run_whose_folder_is_deleted_ends_by_itself(runs: Runs, data: Path) -> None:
    folder = start(runs, settings(data, epochs=500, patience=0), "one")
    process = wait_for_step(folder, 1)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)  # what was written between
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 60)
    assert runs.summaries() == ()
    assert runs.poll() == ()
    assert not (folder / "status.json").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte, or a skip where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_fills_up_is_told_and_the_run_goes_on_when_there_is_room(
    small_disk: Path, data: Path
) -> None:
    runs = Runs(small_disk / "runs", LocalLauncher((sys.executable, "-c", PROGRAM)))
    folder = start(runs, settings(data, epochs=500, patience=0), "one")
    wait_for_step(folder, STEPS + 1)
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024))
    wait_until(lambda: ended(folder), seconds=60)
    status = RunReader(folder).status()
    assert (status.state, status.reason) == (RunState.FAILED, Reason.DISK_FULL)
    assert "Free some space" in status.message
    filler.unlink()
    runs.resume(folder, CPU)
    assert runs.poll() == (folder,)
    wait_for_step(folder, status.step + STEPS)
    runs.stop(folder)
    wait_until(lambda: ended(folder), seconds=60)
    assert RunReader(folder).status().state is RunState.STOPPED
    steps = [r["step"] for r in RunReader(folder).metrics() if r["kind"] == "step"]
    assert steps == list(range(1, steps[-1] + 1))


def test_from_a_run_to_answers(runs: Runs, data: Path, tmp_path: Path) -> None:
    """Train, export, evaluate, put into service: each a process of its own; then ask it."""
    from brain_tumor.evaluation.side_by_side import side_by_side
    from brain_tumor.imaging.decode import decode_file
    from brain_tumor.pipeline import load_classifier
    from tests.data.pictures import pattern, write

    mine = Path(shutil.copytree(data, tmp_path / "mine"))
    for number, name in enumerate(CLASSES):
        write(mine / "Testing" / name / "t.png", pattern(number))
    run = start(runs, settings(mine, epochs=1), "one")
    wait_until(lambda: ended(run), seconds=120)
    launcher = LocalLauncher((sys.executable, "-c", PROGRAM))

    def finished(folder: Path) -> None:
        wait_until(lambda: ended(folder), seconds=300)
        assert RunReader(folder).status().state is RunState.FINISHED, tail_log(folder)

    finished(start_export(launcher, run))
    assert is_exported(run)
    finished(start_evaluation(launcher, run, mine))
    report = read_evaluation(bundle_of(run))
    assert report is not None
    assert report["parts"][0]["classification"]["images"] == 4
    assert side_by_side(report, None).figures[0].candidate is not None
    store = BundleStore(tmp_path / "service")
    finished(start_deployment(launcher, run, store.root))
    serving = store.in_service()
    assert read_evaluation(serving.folder) == report
    answer = load_classifier(serving.folder).classify(decode_file(mine / "Testing/glioma/t.png"))
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)
