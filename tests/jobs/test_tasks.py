"""Audit and preview as processes of their own."""

import sys
from pathlib import Path

import pytest

from brain_tumor.data.audit import run_audit
from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.launcher import LocalLauncher
from brain_tumor.jobs.run_folder import Reason, RunReader, RunState, tail_log
from brain_tumor.jobs.tasks import (
    PICTURE,
    audit_pictures,
    read_audit,
    start_audit,
    start_preview,
)
from tests.data.pictures import audited_folder
from tests.jobs.run_process import wait_until


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited_folder(tmp_path_factory.mktemp("data"))


def wait_for_end(folder: Path) -> RunState:
    wait_until(lambda: RunReader(folder).status().ended, seconds=120)
    return RunReader(folder).status().state


def test_an_audit_in_a_process_of_its_own(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    assert read_audit(folder) is None
    start_audit(LocalLauncher(), folder, data)
    assert wait_for_end(folder) is RunState.FINISHED, tail_log(folder)
    status = RunReader(folder).status()
    assert (status.step, status.total_steps) == (1, 1)
    found, expected = read_audit(folder), run_audit(data)
    assert found is not None
    assert (found.leaked, found.near_groups) == (expected.leaked, expected.near_groups)
    names = [path.name for path in audit_pictures(folder)]
    assert names == ["disagreement-01.png", "across-splits-01.png", "across-splits-02.png"]
    start_audit(LocalLauncher(), folder, data)  # again, in the same folder
    assert wait_for_end(folder) is RunState.FINISHED


def test_data_that_are_not_there_are_the_reason(tmp_path: Path) -> None:
    start_audit(LocalLauncher(), tmp_path / "audit", tmp_path / "nowhere")
    assert wait_for_end(tmp_path / "audit") is RunState.FAILED
    status = RunReader(tmp_path / "audit").status()
    assert "must be a folder" in status.message
    assert status.reason == Reason.DATA_UNREADABLE


def test_a_task_is_not_started_twice(data: Path, tmp_path: Path) -> None:
    launcher = LocalLauncher((sys.executable, "-c", "import time; time.sleep(600)"))
    start_audit(launcher, tmp_path / "audit", data)
    with pytest.raises(RunFolderError, match="goes on already"):
        start_audit(launcher, tmp_path / "audit", data)
    launcher.kill(tmp_path / "audit")


@pytest.mark.slow
def test_a_preview_in_a_process_of_its_own(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("keras")
    start_preview(LocalLauncher(), tmp_path / "preview", data, 1.0)
    assert wait_for_end(tmp_path / "preview") is RunState.FINISHED, tail_log(tmp_path / "preview")
    assert (tmp_path / "preview" / PICTURE).is_file()
