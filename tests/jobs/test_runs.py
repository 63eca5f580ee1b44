"""The queue, and what one may do with a run; trainers are real processes without Keras."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import CPU, LocalLauncher
from brain_tumor.jobs.run_folder import Reason, RunReader, RunState, RunStatus
from brain_tumor.jobs.run_queue import QUEUE, Place, QueueBusyError, RunQueue
from brain_tumor.jobs.runs import Runs
from tests.jobs.run_process import ROOT, STAND_IN_PROGRAM, trainer, wait_until


@pytest.fixture
def runs(root: Path, launcher: LocalLauncher) -> Runs:
    return Runs(root, launcher)


def state(folder: Path) -> RunState:
    return RunReader(folder).status().state


def finish(folder: Path) -> None:
    (folder / "finish").touch()
    wait_until(lambda: state(folder) is RunState.FINISHED)


def running(runs: Runs, name: str = "one", device: str = CPU) -> Path:
    folder = runs.create({"epochs": 2}, device, name)
    assert runs.poll() == (folder,)
    wait_until(lambda: state(folder) is RunState.RUNNING)
    return folder


# --- the queue -------------------------------------------------------------------------------


def test_runs_of_one_device_come_one_after_the_other_in_order(runs: Runs) -> None:
    first, second, third = (runs.create({}, CPU, name) for name in ("b", "c", "a"))
    assert [state(folder) for folder in (first, second, third)] == [RunState.QUEUED] * 3
    assert {s.folder.name: s.ahead for s in runs.summaries()} == {"b": 0, "c": 1, "a": 2}
    assert runs.poll() == (first,)
    assert runs.poll() == ()
    assert {s.folder.name: s.ahead for s in runs.summaries()} == {"b": None, "c": 1, "a": 2}
    wait_until(lambda: state(first) is RunState.RUNNING)
    finish(first)
    assert runs.poll() == (second,)
    wait_until(lambda: state(second) is RunState.RUNNING)
    assert state(third) is RunState.QUEUED
    finish(second)
    assert runs.poll() == (third,)
    wait_until(lambda: state(third) is RunState.RUNNING)
    finish(third)
    assert runs.poll() == ()
    assert json.loads((runs.root / QUEUE).read_text()) == {"places": []}


def test_devices_do_not_wait_for_one_another(runs: Runs) -> None:
    folders = [runs.create({}, device, device) for device in (CPU, "GPU-a", "GPU-b")]
    assert runs.poll() == tuple(folders)
    assert {s.device for s in runs.summaries()} == {CPU, "GPU-a", "GPU-b"}


def test_a_lost_run_gives_its_device_free(runs: Runs) -> None:
    first = running(runs)
    second = runs.create({}, CPU, "two")
    psutil.Process(RunReader(first).status().pid).kill()
    os.kill(int((first / "child").read_text()), 9)
    wait_until(lambda: state(first) is RunState.LOST, seconds=5)
    assert runs.poll() == (second,)


def test_a_new_server_finds_the_queue(runs: Runs, launcher: LocalLauncher) -> None:
    first = running(runs)
    second = runs.create({}, CPU, "two")
    again = Runs(runs.root, launcher)
    assert again.poll() == ()
    finish(first)
    assert again.poll() == (second,)


def test_a_server_that_died_before_it_wrote_the_queue_starts_nothing_twice(
    runs: Runs, launcher: LocalLauncher
) -> None:
    folder = runs.create({}, CPU, "one")
    waiting = (runs.root / QUEUE).read_bytes()
    assert runs.poll() == (folder,)
    wait_until(lambda: state(folder) is RunState.RUNNING)
    pid = RunReader(folder).status().pid
    (runs.root / QUEUE).write_bytes(waiting)
    runs.poll()
    assert RunReader(folder).status().pid == pid
    second = runs.create({}, CPU, "two")
    assert runs.poll() == ()  # the device is still known to be in use
    assert state(second) is RunState.QUEUED


TWO_SERVERS = """
import sys
from pathlib import Path
from brain_tumor.jobs.launcher import LocalLauncher
from brain_tumor.jobs.runs import Runs
runs = Runs(Path(sys.argv[1]), LocalLauncher((sys.executable, "-c", sys.argv[2])))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(200):
    for folder in runs.poll():
        print(folder.name, flush=True)
"""


def test_two_servers_on_one_folder_start_each_run_once(runs: Runs) -> None:
    names = [f"run-{number}" for number in range(4)]
    for name in names:
        runs.create({}, f"GPU-{name}", name)
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", TWO_SERVERS, runs.root, STAND_IN_PROGRAM[-1]],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
    for server in servers:  # both go at once
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
    told = [server.communicate(timeout=60)[0].split() for server in servers]
    assert sorted(told[0] + told[1]) == names
    for name in names:
        wait_until(lambda name=name: state(runs.root / name) is RunState.RUNNING)  # type: ignore[misc]
        log = (runs.root / name / "log.txt").read_text()
        assert log.count("a word on standard output") == 1


def test_a_busy_queue_is_left_to_the_one_who_holds_it(runs: Runs) -> None:
    folder = runs.create({}, CPU, "one")
    with runs._queue._locked():
        assert runs.poll() == ()
        with pytest.raises(QueueBusyError, match="in use"), runs._queue._locked(patience=0):
            pass
    assert runs.poll() == (folder,)


def test_a_run_started_by_hand_is_waited_for(runs: Runs) -> None:
    with trainer(runs.root / "by-hand") as process:
        folder = runs.create({}, CPU, "one")
        assert runs.poll() == ()
        process.communicate("\n")
    assert runs.poll() == (folder,)


def test_a_folder_that_is_gone_leaves_the_queue(runs: Runs) -> None:
    first, second = runs.create({}, CPU, "one"), runs.create({}, CPU, "two")
    (first / "status.json").unlink()
    assert runs.poll() == (second,)


class Unable:
    """A launcher on a machine without room for another process."""

    def start(self, folder: Path, device: str, command: Sequence[str] = ()) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def stop(self, folder: Path) -> None: ...

    def kill(self, folder: Path) -> None: ...


def test_a_run_that_cannot_be_started_has_failed_and_says_why(root: Path) -> None:
    runs = Runs(root, Unable())
    folder = runs.create({}, CPU, "one")
    assert runs.poll() == ()
    status = RunReader(folder).status()
    assert (status.state, status.reason) == (RunState.FAILED, Reason.DISK_FULL)
    assert "could not be started" in status.message
    assert RunQueue(root, Unable()).places() == ()


def test_a_run_waits_where_a_full_disk_takes_not_even_its_failure(
    root: Path, launcher: LocalLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, values: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    runs = Runs(root, launcher)
    folder = runs.create({}, CPU, "one")
    with monkeypatch.context() as patch:
        patch.setattr(layout, "write_json", full)
        assert runs.poll() == ()
        assert launcher._children == []  # found before there was a process
    assert state(folder) is RunState.QUEUED
    assert runs.poll() == (folder,)


@pytest.mark.parametrize(
    "text",
    [
        *("{", "[]", "{}", '{"places": 3}', '{"places": [{"run": "a"}]}', '{"places": ["x"]}'),
        '{"places": [{"run": "../a", "device": "cpu", "started": true}]}',
    ],
)
def test_a_damaged_queue_is_named(runs: Runs, text: str) -> None:
    (runs.root / QUEUE).write_text(text)
    with pytest.raises(RunFolderError, match=r"queue|Put the run"):
        runs.poll()


def test_a_place_is_checked() -> None:
    with pytest.raises(RunFolderError, match="names a run folder and a device"):
        Place("a", "")


# --- steering --------------------------------------------------------------------------------


def test_a_new_run_has_its_settings_and_a_name(runs: Runs) -> None:
    folder = runs.create({"epochs": 3, "run_dir": "elsewhere"}, CPU)
    assert RunReader(folder).config() == {"epochs": 3, "run_dir": str(folder)}
    again = runs.create(RunReader(folder).config() | {"epochs": 5}, CPU, "again")
    assert RunReader(again).config() == {"epochs": 5, "run_dir": str(again)}


@pytest.mark.parametrize("name", ["../x", "a/b", ".x", "..", "x\n", "\0"])
def test_a_name_is_that_of_a_folder(runs: Runs, name: str) -> None:
    with pytest.raises(RunFolderError, match="name is that of its folder"):
        runs.create({}, CPU, name)
    assert list(runs.root.iterdir()) == []


def test_a_taken_name_is_refused(runs: Runs) -> None:
    runs.create({}, CPU, "one")
    with pytest.raises(RunFolderError, match="exists"):
        runs.create({}, CPU, "one")


def test_stop_then_resume(runs: Runs) -> None:
    folder = running(runs)
    runs.stop(folder)
    wait_until(lambda: state(folder) is RunState.STOPPED)
    runs.stop(folder)  # again: nothing to do
    wait_until(lambda: not (folder / "stop").exists())  # taken away after the last word
    runs.resume(folder, CPU)
    assert state(folder) is RunState.QUEUED
    with pytest.raises(RunFolderError, match="one place in the queue"):
        runs.resume(folder, CPU)
    assert runs.poll() == (folder,)
    wait_until(lambda: state(folder) is RunState.RUNNING)
    with pytest.raises(RunFolderError, match="one place in the queue"):
        runs.resume(folder, CPU)


def test_a_stop_request_is_seen_at_once(runs: Runs) -> None:
    with trainer(runs.root / "one") as process:
        runs.stop(runs.root / "one")
        assert state(runs.root / "one") is RunState.STOPPING
        process.communicate("\n")
    assert state(runs.root / "one") is RunState.STOPPED


def test_stop_at_once_leaves_nothing_and_is_no_loss(runs: Runs) -> None:
    folder = running(runs)
    pids = [RunReader(folder).status().pid, int((folder / "child").read_text())]
    runs.kill(folder)
    status = RunReader(folder).status()
    assert status.state is RunState.STOPPED
    assert "Stopped at once" in status.message
    for pid in pids:
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    runs.kill(folder)  # again: nothing to do
    runs.resume(folder, CPU)
    assert runs.poll() == (folder,)


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_a_waiting_run_is_taken_out_of_the_queue(runs: Runs, way: str) -> None:
    first, second = runs.create({}, CPU, "one"), runs.create({}, CPU, "two")
    getattr(runs, way)(first)
    assert RunReader(first).status().message == "Taken out of the queue."
    assert state(first) is RunState.STOPPED
    assert runs.poll() == (second,)


def test_delete_takes_the_folder_and_the_place(runs: Runs) -> None:
    first, second = runs.create({}, CPU, "one"), runs.create({}, CPU, "two")
    runs.delete(first)
    assert [path.name for path in runs.root.iterdir() if path.is_dir()] == ["two"]
    assert runs.poll() == (second,)


def test_a_run_that_goes_on_is_not_deleted(runs: Runs) -> None:
    folder = running(runs)
    with pytest.raises(RunFolderError, match="goes on cannot be deleted"):
        runs.delete(folder)
    assert state(folder) is RunState.RUNNING
    runs.kill(folder)
    runs.delete(folder)
    assert not folder.exists()


def test_only_runs_of_this_folder_are_touched(runs: Runs, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    layout.write_json(other / layout.CONFIG, {})
    layout.write_status(other, RunStatus(RunState.STOPPED))
    link = runs.root / "link"
    link.symlink_to(other)
    (runs.root / "plain").mkdir()
    (runs.root / "plain" / "thesis.txt").write_text("years of work")
    for folder in (other, link, runs.root / "plain", runs.root, runs.root / ".." / "other"):
        for act in (runs.delete, runs.kill, runs.stop):
            with pytest.raises(RunFolderError, match="which is none"):
                act(folder)
    assert (other / layout.CONFIG).exists()


def test_a_folder_that_only_looks_like_a_run_is_not_deleted(runs: Runs) -> None:
    project = runs.root / "project"
    project.mkdir()
    (project / "config.json").write_text("{}")
    with pytest.raises(RunFolderError, match="Only what a trainer has written"):
        runs.delete(project)
    [summary] = runs.summaries()
    assert summary.status is None
    assert "status.json" in summary.problem
    assert project.exists()
