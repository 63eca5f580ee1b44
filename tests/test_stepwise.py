"""Long work in steps: it stops anywhere, goes on where it was, and leaves nothing behind."""

import threading
from collections.abc import Sequence

import pytest

from brain_tumor.errors import BusyError
from brain_tumor.model.queue import Priority, _priority
from brain_tumor.pipeline import Classifier
from brain_tumor.stepwise import Stepwise
from tests.fakes import fake_classifier

CLASSIFIER = fake_classifier()


class Counting(Stepwise[int]):
    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.prepared: list[int] = []
        self.batches: list[list[int]] = []
        self.failures: list[Exception] = []
        self.priorities: list[Priority] = []

    def _prepare(self, index: int, side: int) -> int:
        assert side == 224
        self.prepared.append(index)
        return index

    def _finish(self, ready: Sequence[int], classifier: Classifier) -> None:
        self.priorities.append(_priority.get())
        if self.failures:
            raise self.failures.pop()
        self.batches.append(list(ready))


def test_every_item_comes_once_and_in_order() -> None:
    work = Counting(19)
    counts = []
    while not work.finished:
        work.step(CLASSIFIER)
        counts.append(work.done)
    assert counts == [8, 16, 19]
    assert work.batches == [list(range(8)), list(range(8, 16)), [16, 17, 18]]
    assert work.prepared == list(range(19))


def test_the_next_batch_is_ready_when_a_step_ends() -> None:
    work = Counting(19)
    work.step(CLASSIFIER)
    assert work.prepared == list(range(16))


def test_a_step_leaves_no_thread() -> None:
    before = threading.active_count()
    work = Counting(19)
    work.step(CLASSIFIER)
    assert threading.active_count() == before


def test_a_busy_network_loses_nothing() -> None:
    work = Counting(12)
    work.step(CLASSIFIER)
    work.failures = [BusyError("Try again.")]
    with pytest.raises(BusyError):
        work.step(CLASSIFIER)
    assert work.done == 8
    work.step(CLASSIFIER)
    assert work.finished
    assert work.batches == [list(range(8)), [8, 9, 10, 11]]


def test_nothing_to_do_is_finished_and_a_step_then_does_nothing() -> None:
    work = Counting(0)
    assert work.finished
    work.step(CLASSIFIER)
    assert (work.done, work.batches) == (0, [])


def test_time_left_goes_by_the_pace_so_far() -> None:
    work = Counting(40)
    assert work.seconds_left is None
    work.done, work.seconds = 10, 2.5
    assert work.seconds_left == pytest.approx(7.5)


def test_it_lets_others_who_wait_for_one_answer_go_first() -> None:
    work = Counting(1)
    work.step(CLASSIFIER)
    assert work.priorities == [Priority.SERIES]
    assert _priority.get() == Priority.ANSWER
