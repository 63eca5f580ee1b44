"""Real processes: what survives what, and what is left of a run that was killed."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import launcher as module
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import CPU, LocalLauncher
from brain_tumor.jobs.run_folder import Reason, RunReader, RunState, RunStatus, request_stop
from tests.jobs.run_process import ROOT, STAND_IN_PROGRAM, trainer, wait_until


@pytest.fixture
def folder(root: Path) -> Path:
    folder = root / "one"
    folder.mkdir()
    layout.write_json(folder / layout.CONFIG, {"epochs": 2})
    layout.write_status(folder, RunStatus(RunState.QUEUED))
    return folder


def state(folder: Path) -> RunState:
    return RunReader(folder).status().state


def started(launcher: LocalLauncher, folder: Path, device: str = CPU) -> psutil.Process:
    launcher.start(folder, device)
    wait_until(lambda: state(folder) is RunState.RUNNING)
    return psutil.Process(RunReader(folder).status().pid)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_run_is_told_from_the_moment_it_is_started(launcher: LocalLauncher, folder: Path) -> None:
    launcher.start(folder, CPU)
    status = RunReader(folder).status()
    assert status.state in (RunState.STARTING, RunState.RUNNING)
    assert psutil.Process(status.pid).ppid() == os.getpid()


def test_a_trainer_has_a_session_of_its_own_and_speaks_into_the_log(
    launcher: LocalLauncher, folder: Path
) -> None:
    process = started(launcher, folder)
    assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
    assert process.nice() == 10
    assert "a word on standard output" in RunReader(folder).tail_log()
    launcher.stop(folder)
    wait_until(lambda: state(folder) is RunState.STOPPED)
    wait_until(lambda: not (folder / "stop").exists())  # taken away after the last word


def test_a_trainer_is_shown_its_device_alone(launcher: LocalLauncher, folder: Path) -> None:
    process = started(launcher, folder, "GPU-1234")
    assert process.environ()["CUDA_VISIBLE_DEVICES"] == "GPU-1234"
    assert "JAX_PLATFORMS" not in process.environ()
    launcher.kill(folder)
    layout.write_end(folder, RunState.STOPPED, "killed")
    process = started(launcher, folder)
    assert process.environ()["CUDA_VISIBLE_DEVICES"] == "-1"
    assert process.environ()["JAX_PLATFORMS"] == "cpu"


def test_kill_leaves_no_process_and_frees_the_folder(launcher: LocalLauncher, folder: Path) -> None:
    process = started(launcher, folder)
    child = int((folder / "child").read_text())
    launcher.kill(folder)
    assert is_gone(process.pid)
    assert is_gone(child)
    assert state(folder) is RunState.LOST
    launcher.kill(folder)  # nothing goes on: nothing to do
    with layout.claimed(folder):
        pass


def test_another_server_may_kill(launcher: LocalLauncher, folder: Path) -> None:
    code = "import sys, pathlib; from brain_tumor.jobs.launcher import LocalLauncher\n"
    code += "LocalLauncher().kill(pathlib.Path(sys.argv[1]))"
    process = started(launcher, folder)
    subprocess.run([sys.executable, "-c", code, folder], cwd=ROOT, check=True, timeout=60)
    assert is_gone(process.pid)


def test_a_trainer_of_a_shell_is_killed_without_its_group(root: Path) -> None:
    with trainer(root / "by-hand") as process:
        assert os.getpgid(process.pid) == os.getpgid(0)  # this test's own
        LocalLauncher().kill(root / "by-hand")
        assert process.wait() == -signal.SIGKILL


SERVER = """
import sys, time
from pathlib import Path
from brain_tumor.jobs.launcher import CPU, LocalLauncher
LocalLauncher((sys.executable, "-c", sys.argv[2])).start(Path(sys.argv[1]), CPU)
print("started", flush=True)
time.sleep(600)
"""


def test_a_trainer_survives_the_sigkill_of_its_server(folder: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, folder, STAND_IN_PROGRAM[-1]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "started\n"
    server.kill()
    server.communicate()
    wait_until(lambda: state(folder) is RunState.RUNNING)
    process = psutil.Process(RunReader(folder).status().pid)
    assert process.is_running()
    request_stop(folder)
    wait_until(lambda: state(folder) is RunState.STOPPED)
    wait_until(lambda: is_gone(process.pid))


def test_a_killed_trainer_is_lost_within_five_seconds(
    launcher: LocalLauncher, folder: Path
) -> None:
    process = started(launcher, folder)
    child = int((folder / "child").read_text())
    process.kill()
    assert wait_until(lambda: state(folder) is RunState.LOST, seconds=5) < 5
    assert RunReader(folder).status().reason == Reason.KILLED
    os.kill(child, signal.SIGKILL)  # what SIGKILL leaves behind is the killer's to clear


def test_two_trainers_never_share_a_folder(launcher: LocalLauncher, folder: Path) -> None:
    process = started(launcher, folder)
    with pytest.raises(RunFolderError, match=f"in use by process {process.pid}"):
        launcher.start(folder, CPU)
    with pytest.raises(RunFolderError, match="which is none"):
        launcher.start(folder / "nowhere", CPU)


def test_a_stop_request_meant_for_an_earlier_process_is_forgotten(
    launcher: LocalLauncher, folder: Path
) -> None:
    request_stop(folder)
    started(launcher, folder)
    assert not (folder / "stop").exists()


def test_a_process_is_not_killed_for_its_number_alone(
    launcher: LocalLauncher, folder: Path
) -> None:
    """The number is another process's now; the lock is free."""
    layout.write_status(
        folder,
        RunStatus(RunState.RUNNING, pid=os.getpid(), pid_started=1.0, host=os.uname().nodename),
    )
    launcher.kill(folder)
    assert state(folder) is RunState.LOST


def test_a_clock_that_was_set_does_not_hide_the_process(
    launcher: LocalLauncher, folder: Path
) -> None:
    process = started(launcher, folder)
    path = folder / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pid_started": 1000.0}))
    assert state(folder) is RunState.RUNNING  # by its lock
    launcher.kill(folder)  # by its command line
    assert is_gone(process.pid)


def test_a_run_of_another_machine_is_not_killed_from_here(root: Path) -> None:
    with trainer(root / "far") as process:
        path = root / "far" / "status.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"host": "another"}))
        with pytest.raises(RunFolderError, match="runs on another"):
            LocalLauncher().kill(root / "far")
        assert process.poll() is None


def test_a_run_whose_status_cannot_be_written_does_not_go_on_unseen(
    launcher: LocalLauncher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = layout.write_status

    def fill_up(path: Path, status: RunStatus) -> None:
        if status.state is not RunState.QUEUED:  # there was room before the process was made
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, status)

    with monkeypatch.context() as patch:
        patch.setattr(module.layout, "write_status", fill_up)
        with pytest.raises(OSError, match="No space"):
            launcher.start(folder, CPU)
    assert launcher._children[-1].returncode == -signal.SIGKILL
    assert state(folder) is RunState.QUEUED


def test_a_deleted_folder_is_told(launcher: LocalLauncher, folder: Path) -> None:
    shutil.rmtree(folder)
    for act in (launcher.stop, launcher.kill):
        with pytest.raises(RunFolderError):
            act(folder)
