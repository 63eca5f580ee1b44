"""One run folder and several processes: who owns it, and who is gone."""

import json
import os
import signal

import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.run_folder import (
    Reason,
    RunReader,
    RunState,
    RunWriter,
    read_metrics,
)
from tests.jobs.run_process import python, trainer


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
