"""One run folder and several processes: who owns it, and who is gone."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.process import oom_kills, why_gone
from brain_tumor.jobs.run_folder import (
    Reason,
    RunReader,
    RunState,
    RunStatus,
    RunWriter,
    read_metrics,
)
from tests.jobs.run_process import EAT, python, trainer


def test_two_trainers_in_one_process(writer, folder):
    with pytest.raises(RunFolderError, match=f"in use by process {os.getpid()} on "):
        RunWriter(folder)


def test_a_trainer_in_another_process_owns_the_folder_until_it_ends(folder):
    reader = RunReader(folder)
    with trainer(folder) as process:
        assert reader.status().state is RunState.RUNNING
        with pytest.raises(RunFolderError, match=f"in use by process {process.pid} on .*Wait"):
            RunWriter(folder)
        process.communicate("\n")
        assert process.returncode == 0
    assert reader.status().state is RunState.STOPPED
    RunWriter(folder, tensorboard=False).close()


def test_a_killed_trainer_is_lost_and_its_folder_free(folder):
    reader = RunReader(folder)
    with trainer(folder) as process:
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        zombie = reader.status()  # dead, but its parent has not asked after it
        process.wait()
    gone = reader.status()
    assert zombie == gone
    assert (gone.state, gone.reason, gone.step) == (RunState.LOST, Reason.KILLED, 3)
    assert str(gone.pid) in gone.message
    with RunWriter(folder, tensorboard=False) as writer:
        assert reader.status().state is RunState.STARTING
        assert writer.status.step == 3
        assert [record["step"] for record in reader.metrics()] == [3]


@pytest.fixture
def little_memory(tmp_path):
    """A control group of 64 MB, or a skip where this user may not make one."""
    versions = {"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"}
    root, limit = next(
        (found for found in versions.items() if Path(found[0], "cgroup.procs").exists()), ("", "")
    )
    group = Path(root, f"test-{os.getpid()}")
    try:
        if not root:
            raise FileNotFoundError("there are no control groups")
        group.mkdir()
        (group / limit).write_text(str(64 * 2**20))
    except OSError as error:
        pytest.skip(f"making a control group takes root ({error})")
    try:
        yield group
    finally:
        group.rmdir()


def test_a_trainer_that_the_system_ended_for_want_of_memory_is_told_apart(folder, little_memory):
    with trainer(folder, EAT) as process:
        (little_memory / "cgroup.procs").write_text(str(process.pid))
        process.communicate("\n")
        assert process.returncode == -signal.SIGKILL
    gone = RunReader(folder).status()
    assert (gone.state, gone.reason) == (RunState.LOST, Reason.OUT_OF_MEMORY)
    assert "ran out of memory" in gone.message and "smaller batch" in gone.message


def test_the_system_s_count_of_such_ends_is_read_where_it_is_kept(tmp_path):
    counters = tmp_path / "vmstat"
    assert oom_kills(counters) == 0
    counters.write_text("pgfault 12\noom_kill 7\ndrop_slab 1\n")
    assert oom_kills(counters) == 7


@pytest.mark.parametrize(
    ("counted", "updated", "reason", "said"),
    [
        (7, 4e9, Reason.KILLED, "it was killed"),
        (6, 4e9, Reason.OUT_OF_MEMORY, "ran out of memory"),
        (None, 4e9, Reason.KILLED, "it was killed"),  # by a version that did not count
        (6, 10.0, Reason.KILLED, "the machine was restarted"),
    ],
)
def test_why_a_process_is_gone(tmp_path, counted, updated, reason, said):
    counters = tmp_path / "vmstat"
    counters.write_text("oom_kill 7\n")
    status = RunStatus(
        RunState.RUNNING, host=socket.gethostname(), oom_kills=counted, updated=updated
    )
    found, words = why_gone(status, counters)
    assert found is reason
    assert said in words


def edit_status(folder, **changes):
    path = folder / "status.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


def test_a_reused_process_number_is_told_apart(folder):
    writer = RunWriter(folder, tensorboard=False)
    writer.close()
    reader = RunReader(folder)
    assert reader.status().state is RunState.STARTING
    edit_status(folder, pid_started=1000.0)  # this process lives, but is another one
    assert reader.status().state is RunState.LOST


def test_a_process_number_beyond_the_system_s_is_lost(folder):
    RunWriter(folder, tensorboard=False).close()
    edit_status(folder, pid=2**80)
    assert RunReader(folder).status().state is RunState.LOST


@pytest.mark.parametrize("changes", [{"pid_started": 1000.0}, {"host": "another", "pid": 2**40}])
def test_the_lock_decides_where_the_process_number_cannot(folder, changes):
    with trainer(folder) as process:
        edit_status(folder, **changes)
        assert RunReader(folder).status().state is RunState.RUNNING
        process.kill()
        process.wait()
        assert RunReader(folder).status().state is RunState.LOST


WRITE_MUCH = """
import sys
from dataclasses import replace
from pathlib import Path
from brain_tumor.jobs.run_folder import RunState, RunWriter
with RunWriter(Path(sys.argv[1]), tensorboard=False) as writer:
    print("ready", flush=True)
    for step in range(1, 1501):
        writer.log_step(step, 1, loss=1 / step, note="x" * (step % 300))
        writer.write_status(replace(writer.status, state=RunState.RUNNING, step=step))
    writer.write_status(replace(writer.status, state=RunState.FINISHED))
"""


def test_reading_while_another_process_writes(folder):
    reader, offset, by_offset, states = RunReader(folder), 0, [], set()
    with python(WRITE_MUCH, folder) as process:
        process.stdout.readline()
        while process.poll() is None:
            states.add(reader.status().state)
            known = [record["step"] for record in reader.metrics()]
            assert known == list(range(1, len(known) + 1))
            records, offset = read_metrics(folder, offset)
            by_offset += records
        assert process.returncode == 0
    by_offset += read_metrics(folder, offset)[0]
    expected = list(range(1, 1501))
    assert [record["step"] for record in reader.metrics()] == expected
    assert [record["step"] for record in by_offset] == expected
    assert RunState.LOST not in states
    assert reader.status().state is RunState.FINISHED
