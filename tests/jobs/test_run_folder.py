import errno
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from brain_tumor.errors import DatasetError, RunFolderError
from brain_tumor.jobs import run_writer
from brain_tumor.jobs.run_folder import (
    Reason,
    RunReader,
    RunState,
    RunStatus,
    RunWriter,
    list_runs,
    read_metrics,
    request_stop,
    tail_log,
)
from tests.jobs.run_process import ROOT


def running(writer, **changes):
    return writer.write_status(replace(writer.status, state=RunState.RUNNING, **changes))


# --- the folder and its status -------------------------------------------------------------


def test_a_new_run_can_be_watched_at_once(writer, folder):
    reader = RunReader(folder)
    status = reader.status()
    assert status.state is RunState.STARTING
    assert status.pid == os.getpid()
    assert abs(status.pid_started - psutil.Process().create_time()) < 2
    assert reader.config() == {"epochs": 2}
    assert reader.metrics() == []
    assert writer.checkpoints.is_dir()


def test_status_is_filled_in_and_replaced(writer, folder):
    written = running(writer, step=3, total_steps=10, pid=1, host="elsewhere")
    assert (written.pid, written.elapsed >= 0) == (os.getpid(), True)
    assert RunReader(folder).status() == written == writer.status
    assert [path.name for path in folder.glob("status*")] == ["status.json"]


def test_lost_cannot_be_written(writer):
    with pytest.raises(RunFolderError, match="LOST"):
        writer.write_status(RunStatus(RunState.LOST))


def test_reading_before_the_run_has_begun(folder):
    reader = RunReader(folder)
    with pytest.raises(RunFolderError, match="needs a moment"):
        reader.status()
    with pytest.raises(RunFolderError, match="config"):
        reader.config()
    assert (reader.metrics(), reader.tail_log(), read_metrics(folder, 7)) == ([], [], ([], 0))


@pytest.mark.parametrize("content", [b"", b'{"state": "run', b"[]", b"\xff", b'{"state": "x"}'])
def test_a_damaged_status_is_named(writer, folder, content):
    (folder / "status.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"status"):
        RunReader(folder).status()


def test_leaving_by_an_exception_says_how_the_run_ended(folder):
    with pytest.raises(ZeroDivisionError), RunWriter(folder, tensorboard=False) as writer:
        running(writer, step=4, seconds_left=9.0)
        raise ZeroDivisionError("no batches")
    status = RunReader(folder).status()
    assert (status.state, status.message) == (RunState.FAILED, "no batches")
    assert (status.reason, status.step, status.seconds_left) == (Reason.ERROR, 4, None)


def test_leaving_by_an_exception_keeps_what_the_trainer_said(folder):
    with pytest.raises(ValueError, match="x"), RunWriter(folder, tensorboard=False) as writer:
        writer.write_status(RunStatus(RunState.FAILED, "Diverged.", Reason.NOT_A_NUMBER))
        raise ValueError("x")
    assert RunReader(folder).status().reason == Reason.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (MemoryError(), RunState.FAILED, Reason.OUT_OF_MEMORY),
        (OSError(errno.ENOSPC, "full"), RunState.FAILED, Reason.DISK_FULL),
        (DatasetError("gone"), RunState.FAILED, Reason.DATA_UNREADABLE),
        (KeyboardInterrupt(), RunState.STOPPED, Reason.NONE),
    ],
)
def test_the_reason_follows_from_the_exception(folder, error, state, reason):
    with pytest.raises(type(error)), RunWriter(folder, tensorboard=False):
        raise error
    status = RunReader(folder).status()
    assert (status.state, status.reason) == (state, reason)


# --- settings, log, stop -------------------------------------------------------------------


def test_a_resumed_run_keeps_its_settings_and_says_so(folder):
    RunWriter(folder, config={"epochs": 2, "rate": 0.1}, tensorboard=False).close()
    with RunWriter(folder, config={"epochs": 5, "rate": 0.1}, tensorboard=False) as writer:
        assert RunReader(folder).config() == {"epochs": 2, "rate": 0.1}
        assert "given otherwise: epochs." in tail_log(folder, 1)[0]
        writer.write_config({"epochs": 5})
        assert RunReader(folder).config() == {"epochs": 5}


def test_tail_log_gives_the_last_lines(writer, folder):
    for number in range(3000):
        writer.log(f"Scan ü {number}")
    lines = tail_log(folder, 2000)
    assert [line.split("  ")[1] for line in lines] == [f"Scan ü {n}" for n in range(1000, 3000)]
    assert len(tail_log(folder, 10_000)) == 3000
    assert tail_log(folder, 0) == []


def test_tail_log_shows_an_unfinished_last_line(folder):
    folder.mkdir(parents=True)
    (folder / "log.txt").write_bytes(b"a\nb\nc\xff")
    assert tail_log(folder, 2) == ["b", "c\ufffd"]


def test_a_log_that_cannot_be_written_ends_nothing(writer, folder, capsys):
    (folder / "log.txt").unlink(missing_ok=True)
    (folder / "log.txt").symlink_to("/dev/full")
    writer.log("hello")
    assert "hello (not in the log: [Errno 28]" in capsys.readouterr().err


def test_stop_request(writer, folder):
    assert not writer.stop_requested()
    request_stop(folder)
    request_stop(folder)
    assert writer.stop_requested()
    assert json.loads((folder / "stop").read_bytes())["mode"] == "graceful"
    writer.clear_stop()
    writer.clear_stop()
    assert not writer.stop_requested()


def test_stop_request_needs_a_run_and_a_known_mode(folder):
    with pytest.raises(RunFolderError, match="gone"):
        request_stop(folder)
    with pytest.raises(RunFolderError, match="Received: 'now'"):
        request_stop(folder, "now")


def test_the_end_of_a_run_answers_its_stop_request(writer, folder):
    request_stop(folder)
    running(writer)
    assert writer.stop_requested()
    writer.write_status(replace(writer.status, state=RunState.STOPPED))
    assert not writer.stop_requested()


def test_only_a_stop_request_from_before_this_process_is_dropped(folder):
    folder.mkdir(parents=True)
    request_stop(folder)
    with RunWriter(folder, tensorboard=False) as writer:
        assert writer.stop_requested()
    request_stop(folder)
    earlier = psutil.Process().create_time() - 60
    os.utime(folder / "stop", (earlier, earlier))
    with RunWriter(folder, tensorboard=False) as writer:
        assert not writer.stop_requested()
    assert "stop request" in tail_log(folder)[0]


# --- metrics and time ----------------------------------------------------------------------


def test_metrics_of_both_kinds(writer, folder):
    writer.log_step(7, 1, loss=0.5)
    writer.log_epoch(1, val_loss=float("nan"))
    writer.log_epoch(2, step=20, accuracy=0.75)
    first, second, third = RunReader(folder).metrics()
    assert abs(first.pop("time") - time.time()) < 60
    assert first == {"kind": "step", "step": 7, "epoch": 1, "loss": 0.5}
    assert (second["kind"], second["step"], str(second["val_loss"])) == ("epoch", 7, "nan")
    assert (third["step"], third["accuracy"]) == (20, 0.75)
    records, offset = read_metrics(folder)
    assert (len(records), read_metrics(folder, offset)) == (3, ([], offset))


def test_own_names_cannot_be_logged(writer):
    with pytest.raises(RunFolderError, match=r"Received: \['kind', 'time'\]"):
        writer.log_step(1, 1, time=3, kind="x")


def test_resuming_from_an_earlier_checkpoint(folder):
    with RunWriter(folder, tensorboard=False) as writer:
        for step in (1, 2, 3):
            writer.log_step(step, 1, loss=1.0)
        running(writer, step=3, best_epoch=1, best_score=0.5)
    reader = RunReader(folder)
    assert len(reader.metrics()) == 3
    with RunWriter(folder, tensorboard=False) as writer:
        assert (writer.status.state, writer.status.best_score) == (RunState.STARTING, 0.5)
        assert writer.truncate_after(1) == 2
        writer.log_step(2, 1, loss=2.0)
        assert [(r["step"], r["loss"]) for r in reader.metrics()] == [(1, 1.0), (2, 2.0)]


def test_a_clock_set_back_turns_no_time_back(folder, monkeypatch):
    with RunWriter(folder, tensorboard=False) as writer:
        writer.log_step(1, 1)
        monkeypatch.setattr(run_writer.time, "time", lambda: 1000.0)
        writer.log_step(2, 1)
        assert running(writer).elapsed >= 0
    with RunWriter(folder, tensorboard=False) as writer:  # resumed while the clock is wrong
        writer.log_step(3, 1)
    times = [record["time"] for record in RunReader(folder).metrics()]
    assert times == sorted(times)
    assert times[0] > 1000.0


def test_time_left_follows_the_pace_after_the_first_step(writer, monkeypatch):
    now = [50.0]
    monkeypatch.setattr(run_writer.time, "monotonic", lambda: now[0])
    assert writer.seconds_left(0, 10) is None
    writer.log_step(1, 1)
    assert writer.seconds_left(1, 10) is None
    now[0] += 8.0
    assert writer.seconds_left(5, 10) == 10.0
    assert writer.seconds_left(11, 10) == 0.0


# --- what goes wrong -----------------------------------------------------------------------


def test_a_deleted_folder_is_told(folder):
    with (
        pytest.raises(RunFolderError, match=r"gone .*Start a new run"),
        RunWriter(folder, tensorboard=False) as writer,
    ):
        shutil.rmtree(folder)
        for act in (
            lambda: running(writer),
            lambda: writer.write_config({}),
            lambda: writer.truncate_after(0),
            lambda: writer.log_step(1, 1, loss=0.5),
        ):
            with pytest.raises(RunFolderError, match="gone"):
                act()
        assert not writer.stop_requested()
        writer.log_step(2, 1)


def test_a_file_in_the_folders_place_is_told(folder):
    folder.parent.mkdir()
    folder.write_text("x")
    with pytest.raises(RunFolderError, match="is no folder"):
        RunWriter(folder)


def test_a_full_disk_passes_through_the_status(writer, folder):
    (folder / "status.json.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space") as caught:
        running(writer)
    assert caught.value.errno == errno.ENOSPC
    assert RunReader(folder).status().state is RunState.STARTING


@pytest.mark.parametrize("message", ["The disk is full.", "long " * 100])
def test_the_last_word_is_written_even_on_a_full_disk(writer, folder, message):
    running(writer, message="padding " * 20)
    (folder / "status.json.new").symlink_to("/dev/full")
    ended = replace(writer.status, state=RunState.FAILED, message=message, reason="disk full")
    assert RunReader(folder).status() != (written := writer.write_status(ended))
    assert RunReader(folder).status() == written


def test_a_failed_opening_gives_the_folder_free(folder):
    folder.mkdir(parents=True)
    (folder / "status.json.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space"):
        RunWriter(folder)
    (folder / "status.json.new").unlink()
    RunWriter(folder, tensorboard=False).close()


# --- several runs --------------------------------------------------------------------------


def test_list_runs(tmp_path):
    root = tmp_path / "runs"
    assert list_runs(root) == []
    for name in ("b", "a"):
        RunWriter(root / name, tensorboard=False).close()
    (root / "c").mkdir()
    (root / "c" / "config.json").write_text("{}")
    (root / "empty").mkdir()
    (root / "note.txt").write_text("x")
    assert [path.name for path in list_runs(root)] == ["a", "b", "c"]


def test_the_contract_needs_neither_the_app_nor_a_framework():
    code = (
        "import sys, brain_tumor.jobs.run_folder\n"
        "heavy = {'streamlit', 'keras', 'tensorflow', 'tensorboard', 'jax', 'numpy'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
