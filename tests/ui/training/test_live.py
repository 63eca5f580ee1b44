"""What the viewers of one run share."""

import threading
from pathlib import Path

from brain_tumor.jobs.run_folder import RunState
from brain_tumor.jobs.runs import Runs
from brain_tumor.ui.training import live
from brain_tumor.ui.training.live import SharedList, SharedRun, curves_of
from tests.ui.training.conftest import NotedLauncher, write_run


def step(number: int, **values: float) -> dict[str, object]:
    return {"kind": "step", "step": number, "epoch": 0, "time": float(number), **values}


def titles(records: list[dict[str, object]]) -> list[str]:
    return [chart.title for chart in curves_of(records).charts]


def test_charts_are_drawn_of_what_was_measured() -> None:
    assert titles([]) == []
    assert titles([step(1, loss=1.0)]) == ["loss"]
    assert titles([step(1, loss=1.0, gpu_use=0.5)]) == ["loss", "GPU use"]
    epoch = {"kind": "epoch", "step": 1, "epoch": 1, "time": 2.0, "val_pointing": 0.5}
    assert titles([step(1, loss=1.0), epoch]) == ["loss", "heat map peak in the tumor"]


def test_shares_and_bytes_are_drawn_in_the_units_of_their_axes() -> None:
    use, memory = curves_of([step(1, gpu_use=0.5, gpu_memory=3 * 2**30)]).charts

    assert use.points["value"].to_pylist() == [50.0]
    assert memory.points["value"].to_pylist() == [3.0]
    assert use.spec["layer"][0]["encoding"]["y"]["title"] == "GPU use (%)"


def test_the_newest_records_are_named() -> None:
    epoch = {"kind": "epoch", "step": 2, "epoch": 1, "time": 2.0, "val_loss": 0.5}
    curves = curves_of([step(1, loss=1.0), step(2, loss=0.5), epoch])

    assert curves.last_step is not None and curves.last_step["step"] == 2
    assert curves.last_epoch == epoch


def test_viewers_within_a_moment_get_the_same_charts(tmp_path: Path) -> None:
    run = SharedRun(write_run(tmp_path / "one", RunState.STOPPED))
    found: list[object] = []
    viewers = [threading.Thread(target=lambda: found.append(run.curves())) for _ in range(30)]
    for one in viewers:
        one.start()
    for one in viewers:
        one.join()

    assert len(found) == 30
    assert all(one is found[0] for one in found)
    assert len(run.records()) == 13


def test_the_last_points_of_a_run_that_ended_are_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    run = SharedRun(folder)
    assert run.curves().last_step is None
    write_run(folder, RunState.FINISHED)

    assert run.curves().last_step is None
    last = run.curves(whole=True).last_step
    assert last is not None and last["step"] == 12
    assert run.curves() is run.curves(whole=True)


def test_what_comes_later_is_seen_once_the_moment_is_over(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    run = SharedRun(folder)
    assert run.curves().charts == ()
    write_run(folder, RunState.STOPPED)

    assert len(run.records()) == 13
    run._good_until = 0.0
    assert run.curves().last_step is not None
    assert live.FRESH < 1.0


def test_the_list_of_runs_is_read_anew_when_asked_or_after_a_while(tmp_path: Path) -> None:
    shared = SharedList(Runs(tmp_path, NotedLauncher()))
    assert shared.now() == ()
    write_run(tmp_path / "one", RunState.STOPPED)

    assert shared.recent() == ()
    assert [one.folder.name for one in shared.now()] == ["one"]
    write_run(tmp_path / "two", RunState.STOPPED)
    shared._good_until = 0.0
    assert [one.folder.name for one in shared.recent()] == ["one", "two"]
