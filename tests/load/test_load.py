"""A class at once: nobody gets an error, waits for long, fills the memory or sees another's scan.

The bars are those of a busy machine; ``python -m tests.load`` measures a quiet one.
"""

import asyncio
from pathlib import Path

import pytest

from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from brain_tumor.pipeline import load_classifier
from tests.app_server import running_server
from tests.load.live_run import live_run
from tests.load.rounds import Record, visit
from tests.load.watchers import RUN, watch

VISITORS = 12
ROUNDS = 3
TO_THE_ANSWER = 15.0
TO_A_CHANGE = 15.0
PER_VISITOR = 8.0
"""Megabytes of a visitor's open scan, page and pictures."""

GROWTH = 40.0
"""Megabytes from the first round's end to the last's."""

VIEWERS = 20
BEHIND = 5.0
"""Seconds that viewers of a run may be behind the trainer."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="there are no weights: see the README"
    ),
]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with running_server(log) as server:
        measured = asyncio.run(visit(server, load_classifier(), VISITORS, ROUNDS))
    assert "Traceback" not in log.read_text()
    return measured


def test_all_get_their_own_answer_and_no_error(record: Record) -> None:
    """Each page was held to its own file's name, class, probabilities and pictures."""
    assert record.errors == []
    assert len(record.answers) == VISITORS * ROUNDS
    assert len(record.changes) == VISITORS * ROUNDS * 6


def test_nobody_waits_for_long(record: Record) -> None:
    assert max(record.answers) < TO_THE_ANSWER
    assert max(record.changes) < TO_A_CHANGE


def test_the_memory_stays(record: Record) -> None:
    _, at_first, *rounds = record.memory
    assert rounds[0] - at_first < 200 + VISITORS * PER_VISITOR  # the network among it
    assert rounds[-1] - rounds[0] < GROWTH


def test_a_class_that_watches_a_run_is_not_far_behind(tmp_path: Path) -> None:
    run = tmp_path / "runs" / RUN
    log = tmp_path / "log.txt"
    with (
        live_run(run, 10_000, a_second=10),
        running_server(log, BRAIN_TUMOR_RUNS=str(run.parent)) as server,
    ):
        found = asyncio.run(watch(server, run, VIEWERS, seconds=8.0))
    assert "Traceback" not in log.read_text()
    assert len(found.looks) > VIEWERS
    assert max(found.behind) < BEHIND
