import pytest

from brain_tumor.jobs.run_folder import RunState, RunStatus
from brain_tumor.ui.training import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (40.4, "40 s"),
        (125, "2 min 5 s"),
        (7500, "2 h 5 min"),
        (200_000, "2 d 7 h"),
        (-3, "0 s"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_progress_tells_epoch_step_and_time_left() -> None:
    status = RunStatus(
        RunState.RUNNING,
        epoch=1,
        epochs=4,
        step=12,
        steps_per_epoch=9,
        total_steps=36,
        seconds_left=65,
    )

    assert words.progress_words(status) == "Epoch 2 of 4 · Step 12 of 36 · 1 min 5 s left"
    assert words.epoch_progress(status) == (3 / 9, "3 of 9 steps of this epoch")


def test_a_run_that_has_no_steps_yet_prepares() -> None:
    assert words.progress_words(RunStatus(RunState.STARTING)) == "Preparing the data"


def test_every_state_has_a_look_of_its_own() -> None:
    assert set(words.STATES) == set(RunState)
    assert len({look.word for look in words.STATES.values()}) == len(RunState)


def test_a_run_says_what_it_trains() -> None:
    settings = {
        "backbone": "ResNet152V2",
        "weights": "shipped",
        "side": 224,
        "epochs": 8,
        "batch_size": 16,
        "data": "/srv/data/own set",
    }
    assert words.run_words(settings) == (
        "ResNet152V2 from the shipped classifier · 224 pixels · 8 epochs, batches of 16 · "
        "data: own set"
    )
    assert "from w.npz" in words.run_words({"weights": "w.npz"})


def test_only_the_program_s_own_lines_are_told_to_people() -> None:
    own = "2026-11-25 22:49:29+00:00  Reading the images."
    assert words.own_lines(["I0000 00:00:1795646968.1 5460 stub.cc:31] x", own, ""]) == [own]


def test_a_run_that_finished_early_is_done() -> None:
    status = RunStatus(RunState.FINISHED, step=21, total_steps=180)
    assert words.share_done(status) == 1.0
    assert words.share_done(RunStatus(RunState.STOPPED, step=45, total_steps=180)) == 0.25
