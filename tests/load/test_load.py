"""A class at once: nobody gets an error, waits for long, fills the memory or sees another's scan.

The bars are those of a busy machine; ``python -m tests.load`` measures a quiet one.
"""

import asyncio

import pytest

from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from brain_tumor.pipeline import load_classifier
from tests.app_server import running_server
from tests.load.rounds import Record, visit

VISITORS = 12
ROUNDS = 3
TO_THE_ANSWER = 15.0
TO_A_CHANGE = 15.0
PER_VISITOR = 8.0
"""Megabytes of a visitor's open scan, page and pictures."""

GROWTH = 40.0
"""Megabytes from the first round's end to the last's."""

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
