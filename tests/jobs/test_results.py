"""Export, evaluation and deployment of a run, as processes of their own."""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import LocalLauncher
from brain_tumor.jobs.results import (
    Work,
    bundle_of,
    is_exported,
    read_baseline,
    read_evaluation,
    same_weights,
    start_baseline,
    start_deployment,
    start_evaluation,
    start_export,
    work_status,
)
from brain_tumor.jobs.run_folder import Reason, RunState, RunStatus, tail_log
from brain_tumor.jobs.runs import Runs
from brain_tumor.model.bundle import open_bundle
from brain_tumor.model.bundle_store import BundleStore
from tests.jobs.run_process import wait_until
from tests.model.small_bundle import write_small_bundle


@pytest.fixture
def run(root: Path) -> Path:
    """A finished run with best weights that were never read."""
    run = root / "one"
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "best.npz").write_bytes(b"weights")
    layout.write_json(run / "config.json", {"epochs": 1})
    layout.write_status(run, RunStatus(RunState.FINISHED))
    return run


class Noted:
    """A launcher that notes what it is asked to start, and starts nothing."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []

    def start(self, folder: Path, device: str, command: Sequence[str] = ()) -> None:
        assert folder.is_dir()
        self.commands.append(tuple(command))

    def stop(self, folder: Path) -> None: ...

    def kill(self, folder: Path) -> None: ...


def ended(run: Path, work: Work) -> bool:
    status = work_status(run, work)
    return status is not None and status.ended


def test_a_bundle_older_than_the_weights_is_none(run: Path) -> None:
    assert not is_exported(run)
    write_small_bundle(bundle_of(run))
    assert is_exported(run)
    later = (bundle_of(run) / "bundle.json").stat().st_mtime + 10
    os.utime(run / "checkpoints" / "best.npz", (later, later))
    assert not is_exported(run)


def test_an_evaluation_counts_for_its_own_weights(run: Path) -> None:
    bundle = bundle_of(run)
    assert read_evaluation(bundle) is None
    info = write_small_bundle(bundle)
    assert read_evaluation(bundle) is None
    for text in ("{", "[]", json.dumps({"weights_hash": "other"})):
        (bundle / "evaluation.json").write_text(text)
        assert read_evaluation(bundle) is None
    report = {"weights_hash": info.weights_hash, "parts": []}
    (bundle / "evaluation.json").write_text(json.dumps(report))
    assert read_evaluation(bundle) == report


def test_a_baseline_counts_for_the_bundle_that_it_is_of(run: Path, tmp_path: Path) -> None:
    serving = tmp_path / "serving"
    info = write_small_bundle(serving)
    assert read_baseline(run, serving) is None
    (run / "baseline.json").write_text(json.dumps({"weights_hash": info.weights_hash}))
    assert read_baseline(run, serving) == {"weights_hash": info.weights_hash}
    assert same_weights(serving, serving)
    record = json.loads((serving / "bundle.json").read_text())
    (serving / "bundle.json").write_text(json.dumps(record | {"weights_hash": "other"}))
    assert read_baseline(run, serving) is None
    assert not same_weights(serving, tmp_path / "nowhere")


def test_without_weights_there_is_nothing_to_keep(run: Path, tmp_path: Path) -> None:
    (run / "checkpoints" / "best.npz").unlink()
    for start in (
        lambda: start_export(Noted(), run),
        lambda: start_deployment(Noted(), run, tmp_path),
    ):
        with pytest.raises(RunFolderError, match="first validation"):
            start()
    with pytest.raises(RunFolderError, match="Export it first"):
        start_evaluation(Noted(), run, tmp_path)


def test_the_commands_are_ones_that_the_command_line_knows(run: Path, tmp_path: Path) -> None:
    from brain_tumor.__main__ import build_parser

    write_small_bundle(bundle_of(run))
    noted = Noted()
    for work in Work:  # each is over before the next begins
        if work is Work.EXPORT:
            start_export(noted, run)
        elif work is Work.EVALUATION:
            start_evaluation(noted, run, tmp_path)
        elif work is Work.BASELINE:
            start_baseline(noted, run, tmp_path, bundle_of(run))
        else:
            start_deployment(noted, run, tmp_path / "service")
        layout.write_end(run / work, RunState.FINISHED, "Done.")
    assert [command[0] for command in noted.commands] == [
        "export",
        "evaluate",
        "evaluate",
        "deploy",
    ]
    for command, work in zip(noted.commands, Work, strict=True):
        assert build_parser().parse_args(command).status_dir == run / work


def test_a_bundle_is_put_into_service_by_a_process_of_its_own(run: Path, tmp_path: Path) -> None:
    info = write_small_bundle(bundle_of(run))
    folder = start_deployment(LocalLauncher(), run, tmp_path / "service")
    assert folder == run / "deployment"
    wait_until(lambda: ended(run, Work.DEPLOYMENT), seconds=60)
    status = work_status(run, Work.DEPLOYMENT)
    assert status is not None and status.state is RunState.FINISHED, tail_log(folder)
    assert any("sample glioma: called" in line for line in tail_log(folder))
    serving = BundleStore(tmp_path / "service").in_service()
    assert open_bundle(serving.folder).info.weights_hash == info.weights_hash


def test_why_it_failed_is_told(run: Path, tmp_path: Path) -> None:
    write_small_bundle(bundle_of(run))
    (bundle_of(run) / "net-1.bin").write_bytes(b"other")
    start_deployment(LocalLauncher(), run, tmp_path / "service")
    wait_until(lambda: ended(run, Work.DEPLOYMENT), seconds=60)
    status = work_status(run, Work.DEPLOYMENT)
    assert status is not None
    assert (status.state, status.reason) == (RunState.FAILED, Reason.ERROR)
    assert "SHA-256" in status.message


def test_one_work_at_a_time_and_no_deletion_meanwhile(run: Path, tmp_path: Path) -> None:
    launcher = LocalLauncher((sys.executable, "-c", "import time; time.sleep(600)"))
    folder = start_export(launcher, run)
    with pytest.raises(RunFolderError, match="The export of one goes on"):
        start_deployment(launcher, run, tmp_path)
    with pytest.raises(RunFolderError, match="goes on"):
        Runs(run.parent, launcher).delete(run)
    launcher.kill(folder)
    Runs(run.parent, launcher).delete(run)
    assert not run.exists()


def test_a_run_that_is_deleted_elsewhere_is_told(run: Path) -> None:
    shutil.rmtree(run)
    with pytest.raises(RunFolderError):
        start_export(Noted(), run)
