import json
import math
import subprocess
import sys

import pytest

from brain_tumor.jobs.run_folder import RunWriter, tail_log
from brain_tumor.jobs.tensorboard_writer import TensorBoardWriter
from tests.jobs.run_process import ROOT

needs_tensorboard = pytest.mark.usefixtures("_tensorboard")


@pytest.fixture
def _tensorboard():
    pytest.importorskip("tensorboard")


def python(code, *args):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


# Read by TensorBoard's own reader. `notf` keeps it from loading TensorFlow to open files.
READ = """
import json, sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
tags = {}
for tag in events.Tags()["tensors"] + events.Tags()["scalars"]:
    tags[tag] = [(event.step, event.value) for event in events.Scalars(tag)]
print(json.dumps(tags))
"""


@needs_tensorboard
def test_tensorboard_reads_what_a_resumed_run_wrote(tmp_path):
    with RunWriter(tmp_path) as writer:
        writer.log_step(1, 1, loss=0.5, note="words are left out")
        writer.log_epoch(1, val_accuracy=0.75, accuracy=0.5)
        for step in (2, 3):
            writer.log_step(step, 2, loss=step / 2)
        writer.log_epoch(2, val_accuracy=0.25, **{"pace/images": 8})
    with RunWriter(tmp_path) as writer:
        writer.truncate_after(1)
        writer.log_step(2, 2, loss=math.nan)
    tags = json.loads(python(READ, tmp_path / "tensorboard"))
    loss = tags.pop("train/loss")
    assert loss[0] == [1, 0.5]
    assert loss[1][0] == 2
    assert math.isnan(loss[1][1])
    assert len(loss) == 2
    assert tags == {
        "validation/accuracy": [[1, 0.75]],
        "epoch/accuracy": [[1, 0.5]],
        "pace/images": [],  # of the steps that were taken back
    }


WRITE = """
import sys
from importlib.util import find_spec
from pathlib import Path
from brain_tumor.jobs.run_folder import RunWriter
with RunWriter(Path(sys.argv[1])) as writer:
    writer.log_step(1, 1, loss=0.5)
    assert writer._board.enabled
print(find_spec("tensorflow") is not None)
print(sorted({"tensorflow", "keras", "streamlit"} & sys.modules.keys()))
"""


@needs_tensorboard
def test_tensorflow_stays_unloaded_where_it_is_installed(tmp_path):
    installed, loaded = python(WRITE, tmp_path).splitlines()
    if installed == "False":
        pytest.skip("tensorflow is not installed: nothing could have loaded it")
    assert loaded == "[]"


def test_a_run_goes_on_without_tensorboard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto", None)
    with RunWriter(tmp_path) as writer:
        writer.log_step(1, 1, loss=0.5)
        writer.truncate_after(0)
    [line] = tail_log(tmp_path)
    assert "No TensorBoard files: tensorboard cannot be imported" in line
    assert not (tmp_path / "tensorboard").exists()


@needs_tensorboard
def test_a_full_disk_switches_the_curves_off_and_is_told(tmp_path):
    told = []
    board = TensorBoardWriter(tmp_path / "board", told.append)
    board._handle.close()
    board._handle = open("/dev/full", "wb")  # noqa: SIM115, PTH123
    board._records._writer = board._handle
    board.scalars(1, 0.0, {"train/loss": 0.5})
    assert not board.enabled
    assert "No space left on device" in told[0]
    count = len(told)
    board.scalars(2, 0.0, {"train/loss": 0.5})
    board.restart(2)
    board.close()
    assert len(told) == count


@needs_tensorboard
def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    told = []
    board = TensorBoardWriter(tmp_path / "missing" / "board", told.append)
    assert not board.enabled
    assert "No TensorBoard files" in told[0]
