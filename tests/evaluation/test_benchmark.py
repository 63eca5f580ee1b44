import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.errors import EngineError
from brain_tumor.evaluation import benchmark
from brain_tumor.evaluation.benchmark import OURS, TUTORIAL, Costs, Plan, Spread
from brain_tumor.evaluation.benchmark_process import ProcessWorker
from brain_tumor.evaluation.benchmark_text import origin, record, table

IMAGES = [Path("a.jpg"), Path("b.jpg")]


class FakeWorker:
    """Says that the nth answer of a process took n (ours) or 10 n (the tutorial) seconds."""

    running: list["FakeWorker"]
    log: list[tuple[str, str]]

    def __init__(self, module: str) -> None:
        self.module = module
        self.answers = 0
        FakeWorker.running.append(self)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if "files" in request:
            FakeWorker.log.append((self.module, f"{len(request['files'])} files"))
            return {"seconds": 2.0, "peak_bytes": 10**12, "tensorflow": False}
        self.answers += 1
        FakeWorker.log.append((self.module, request["file"]))
        return {
            "label": "glioma",
            "seconds": float(self.answers * (10 if self.module == TUTORIAL else 1)),
            "peak_bytes": 1000 * self.answers,
            "tensorflow": self.module == TUTORIAL,
        }

    def close(self) -> None:
        FakeWorker.running.remove(self)


@pytest.fixture(autouse=True)
def fresh_fakes() -> None:
    FakeWorker.running, FakeWorker.log = [], []


def measured(plan: Plan) -> Costs:
    return benchmark.measure(IMAGES, plan, FakeWorker, lambda *_: None)


def reported(plan: Plan) -> dict[str, Any]:
    """A report as it comes back from its file."""
    written = record(measured(plan), plan, IMAGES, origin("abc", "python -m brain_tumor benchmark"))
    return json.loads(json.dumps(written))


def test_summarises_by_median_and_quartiles() -> None:
    assert Spread.of([5.0, 1.0, 2.0, 3.0, 4.0]) == Spread(3.0, 2.0, 4.0, 5)


def test_times_leave_out_the_cold_start_and_the_second_answer() -> None:
    costs = measured(Plan(repeats=2, cold_starts=2, scans=4))
    # Answers 3 to 6 of the last process are timed, two a round.
    assert costs.ours.seconds == Spread.of([3.0, 4.0, 5.0, 6.0])
    assert costs.ours.rounds == (3.5, 5.5)
    assert costs.ours.cold_start.count == 2
    assert costs.tutorial is not None
    assert costs.tutorial.rounds == (35.0, 55.0)
    assert costs.ratio == pytest.approx(10)
    assert costs.round_ratios == pytest.approx((10, 10))


def test_ways_take_turns_and_change_who_goes_first() -> None:
    measured(Plan(repeats=2, cold_starts=1, scans=1))
    rounds = [module for module, _ in FakeWorker.log[4:12]]
    assert rounds == [OURS, TUTORIAL] * 2 + [TUTORIAL, OURS] * 2
    assert [file for _, file in FakeWorker.log[4:12]] == ["a.jpg", "a.jpg", "b.jpg", "b.jpg"] * 2


def test_memory_is_read_after_enough_scans_and_before_the_batches() -> None:
    costs = measured(Plan(repeats=1, cold_starts=2, scans=9))
    assert (costs.ours.answered, costs.ours.peak_bytes) == (9, 9000)
    assert costs.ours.tensorflow is False
    assert costs.tutorial is not None and costs.tutorial.tensorflow is True
    assert FakeWorker.log[-1] == (OURS, "9 files")
    assert costs.throughput == 4.5


def test_no_process_is_left_running() -> None:
    measured(Plan(repeats=1, cold_starts=3, scans=1))
    assert FakeWorker.running == []


def test_measures_this_project_alone() -> None:
    costs = measured(Plan(repeats=1, cold_starts=1, scans=1, tutorial=False))
    assert {module for module, _ in FakeWorker.log} == {OURS}
    assert costs.tutorial is None and costs.ratio is None and costs.round_ratios == ()


@pytest.mark.parametrize("name", ["repeats", "cold_starts", "scans"])
def test_refuses_to_measure_nothing(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be 1 or more. Received: 0"):
        Plan(**{name: 0})


def test_report_names_weights_versions_machine_and_units() -> None:
    written = reported(Plan(repeats=1, cold_starts=1, scans=1))
    assert written["weights_hash"] == "abc"
    assert written["command"] == "python -m brain_tumor benchmark"
    assert written["images"] == ["a.jpg", "b.jpg"]
    assert {"python", "numpy", "openvino"} <= set(written["versions"])
    assert written["machine"]["cpu"] and written["machine"]["cores"] >= 1
    assert written["ratio"] == pytest.approx(10)
    assert written["ours"]["seconds"]["count"] == 2


def test_table_gives_the_ratio_its_range_and_both_ways() -> None:
    text = table(reported(Plan(repeats=1, cold_starts=1, scans=9)))
    assert "**10.0 times** as long, 10.0 to 10.0 times in the 1 rounds" in text
    assert re.search(r"\| a scan's class and heat map +\| 3\.500 s \(.*\| 35\.000 s \(", text)
    assert re.search(r"\| peak memory after 9 scans +\| 0 MB +\| 0 MB", text)
    assert re.search(r"\| imports TensorFlow +\| no +\| yes", text)
    assert "4.5 scans/s" in text and "weights `abc`" in text


def test_table_of_this_project_alone_has_one_column_of_figures() -> None:
    text = table(reported(Plan(repeats=1, cold_starts=1, scans=1, tutorial=False)))
    assert "tutorial" not in text
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {3}


def test_a_worker_process_replies_between_what_its_libraries_print(tmp_path: Path) -> None:
    file = tmp_path / "scan"
    file.write_text("hello")
    worker = ProcessWorker("tests.evaluation.echo_worker", tmp_path)
    try:
        reply = worker.ask({"file": str(file)})
        many = worker.ask({"files": [str(file)] * 3})
    finally:
        worker.close()
        worker.close()
    assert reply["label"] == f"hello with {tmp_path}"
    assert 0 <= reply["seconds"] < 1
    assert 5e6 < reply["peak_bytes"] < 2e8
    assert reply["tensorflow"] is False
    assert "label" not in many and many["seconds"] >= 0


@pytest.mark.parametrize(
    ("module", "reason"),
    [("tests.evaluation.echo_worker", "it broke"), ("tests.none", "No module named")],
)
def test_a_process_that_ends_says_why(tmp_path: Path, module: str, reason: str) -> None:
    file = tmp_path / "scan"
    file.write_text("die")
    worker = ProcessWorker(module, tmp_path)
    try:
        with pytest.raises(EngineError, match=rf"exit status 1.*{reason}"):
            worker.ask({"file": str(file)})
    finally:
        worker.close()
