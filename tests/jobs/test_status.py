import json
from dataclasses import replace

import numpy as np
import pytest

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.run_folder import RunState, RunStatus

RUNNING = RunStatus(RunState.RUNNING, epoch=1, epochs=4, step=10, total_steps=40)


def test_survives_json():
    status = replace(
        RUNNING, best_epoch=1, best_score=-0.25, seconds_left=3.5, started=10.0, updated=12.0
    )
    assert RunStatus.from_json(json.loads(json.dumps(status.to_json()))) == status


def test_takes_numpy_numbers_and_gives_plain_ones():
    status = replace(RUNNING, step=np.int64(11), best_score=np.float32(0.5))
    assert json.loads(json.dumps(status.to_json()))["step"] == 11
    assert type(status.best_score) is float


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"state": "asleep"}, "state to be one of queued, starting"),
        ({"step": -1}, "step to be a whole number of 0 or more"),
        ({"step": 1.5}, "step to be a whole number"),
        ({"step": True}, "step to be a whole number"),
        ({"step": 41}, r"step to be at most total_steps \(40\)"),
        ({"epoch": 5}, r"epoch to be at most epochs \(4\)"),
        ({"best_score": float("nan")}, "best_score to be a finite number"),
        ({"best_epoch": -1}, "best_epoch"),
        ({"seconds_left": -0.1}, "seconds_left to be a finite number of 0 or more"),
        ({"started": float("inf")}, "started"),
        ({"updated": "now"}, "updated"),
        ({"message": None}, "message to be a string"),
        ({"state": "failed"}, "message to be a sentence that says what failed"),
    ],
)
def test_refuses_what_breaks_a_rule(change, rule):
    with pytest.raises(RunFolderError, match=rule):
        replace(RUNNING, **change)


def test_from_json_needs_a_state_and_passes_over_unknown_names():
    with pytest.raises(RunFolderError, match="state"):
        RunStatus.from_json({"step": 1})
    status = RunStatus.from_json({"state": "running", "colour": "blue"})
    assert status == RunStatus(RunState.RUNNING)


def test_a_clock_set_back_gives_no_negative_duration():
    assert replace(RUNNING, started=100.0, updated=40.0).elapsed == 0.0
    assert replace(RUNNING, started=40.0, updated=100.0).elapsed == 60.0


def test_progress_and_end():
    assert RUNNING.progress == 0.25
    assert RunStatus(RunState.STARTING).progress == 0.0
    assert [s for s in RunState if RunStatus(s, message="x").ended] == [
        RunState.STOPPED,
        RunState.FINISHED,
        RunState.FAILED,
        RunState.LOST,
    ]
