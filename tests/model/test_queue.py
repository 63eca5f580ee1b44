"""Who is served when several ask one network, and who is turned away."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import numpy.typing as npt
import pytest

from brain_tumor.errors import BusyError
from brain_tumor.model import queue
from brain_tumor.model.engine import RawOutput
from brain_tumor.model.queue import Priority, QueuedEngine, at_priority

WAIT = 20.0


class GatedEngine:
    """Serves nobody until it is opened; the first number of the input says who asked."""

    name = "gated"

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.served: list[int] = []
        self.inside = 0
        self.most_inside = 0

    def infer(self, inputs: npt.NDArray[np.float32]) -> RawOutput:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.entered.set()
        assert self.open.wait(WAIT)
        caller = int(inputs[0])
        self.served.append(caller)
        self.inside -= 1
        if caller < 0:
            raise RuntimeError("this input breaks the engine")
        return RawOutput(inputs, inputs, inputs)


def ask(queued: QueuedEngine, caller: int, priority: Priority = Priority.ANSWER) -> int:
    with at_priority(priority):
        return int(queued.infer(np.array([caller], np.float32)).logits[0])


def until(true: Callable[[], bool]) -> None:
    """Wait for what other threads are about to do."""
    tick = threading.Event()
    for _ in range(2000):
        if true():
            return
        tick.wait(0.005)
    pytest.fail("it did not come about")


class Line:
    """Callers that come one after the other while the first is being served."""

    def __init__(self, pool: ThreadPoolExecutor, **limits: float) -> None:
        self.pool = pool
        self.engine = GatedEngine()
        self.queued = QueuedEngine(self.engine, **limits)  # type: ignore[arg-type]
        self.calls: list[Future[int]] = []
        self.come(0, waits=False)
        assert self.engine.entered.wait(WAIT)

    def come(self, caller: int, priority: Priority = Priority.ANSWER, waits: bool = True) -> None:
        before = self.queued.waiting
        self.calls.append(self.pool.submit(ask, self.queued, caller, priority))
        until(lambda: not waits or self.queued.waiting == before + 1)

    def serve(self) -> list[int]:
        self.engine.open.set()
        for call in self.calls:
            call.exception(WAIT)
        return self.engine.served


@pytest.fixture
def line() -> Iterator[Callable[..., Line]]:
    lines: list[Line] = []
    with ThreadPoolExecutor(100) as pool:

        def begin(**limits: float) -> Line:
            lines.append(Line(pool, **limits))
            return lines[-1]

        yield begin
        for one in lines:
            one.engine.open.set()


def test_gives_each_caller_its_own_output_under_the_engines_name() -> None:
    engine = GatedEngine()
    engine.open.set()
    queued = QueuedEngine(engine)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda caller: ask(queued, caller), range(60)))

    assert queued.name == "gated"
    assert answers == list(range(60))
    assert engine.most_inside == 1


def test_first_come_first_served(line: Callable[..., Line]) -> None:
    one = line()
    for caller in range(1, 12):
        one.come(caller)

    assert one.serve() == list(range(12))
    assert one.engine.most_inside == 1


def test_an_answer_goes_before_stability_and_that_before_a_series(
    line: Callable[..., Line],
) -> None:
    one = line()
    one.come(1, Priority.SERIES)
    one.come(2, Priority.STABILITY)
    one.come(3)
    one.come(4, Priority.SERIES)
    one.come(5, Priority.STABILITY)
    one.come(6)

    assert one.serve() == [0, 3, 6, 2, 5, 1, 4]


def test_nothing_starves(line: Callable[..., Line]) -> None:
    """A caller lets as many later ones go first as its priority says, and no more."""
    one = line()
    one.come(100, Priority.SERIES)
    for caller in range(1, Priority.SERIES + 10):
        one.come(caller)

    served = one.serve()

    assert served.index(100) == Priority.SERIES  # the one being served and 39 that came later
    assert len(served) == Priority.SERIES + 11


def test_in_a_rush_of_answers_what_is_less_urgent_waits(
    line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(queue, "monotonic", lambda: now[0])
    one = line()
    one.come(1)
    one.come(2, Priority.STABILITY)
    one.engine.open.set()
    until(lambda: one.engine.served == [0, 1])

    with pytest.raises(TimeoutError):
        one.calls[2].result(2 * queue.RUSH / 4)
    assert one.queued.waiting == 1
    now[0] += 2 * queue.RUSH
    assert one.calls[2].result(WAIT) == 2


def test_a_rush_is_waited_out_for_so_long_and_no_longer(
    line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(queue, "monotonic", lambda: now[0])
    one = line()
    one.queued.wait_out_rush()  # one answer alone
    one.come(1)
    waiting = one.pool.submit(one.queued.wait_out_rush, 0.1)
    with pytest.raises(TimeoutError):
        waiting.result(queue.RUSH / 4)
    now[0] += 0.2  # still a rush
    waiting.result(WAIT)
    now[0] += queue.RUSH
    one.queued.wait_out_rush()


def test_one_answer_alone_is_no_rush(line: Callable[..., Line]) -> None:
    one = line()
    one.come(1, Priority.SERIES)
    one.engine.open.set()

    assert one.calls[1].result(queue.RUSH / 2) == 1


def test_the_priority_ends_with_its_block(line: Callable[..., Line]) -> None:
    one = line()

    def after_a_block_that_failed() -> int:
        with suppress(ValueError), at_priority(Priority.SERIES):
            raise ValueError
        return int(one.queued.infer(np.array([1], np.float32)).logits[0])

    one.come(2, Priority.STABILITY)
    one.calls.append(one.pool.submit(after_a_block_that_failed))
    until(lambda: one.queued.waiting == 2)

    assert one.serve() == [0, 1, 2]


def test_turns_away_whom_it_has_no_room_for(line: Callable[..., Line]) -> None:
    one = line(max_waiting=2)
    one.come(1)
    one.come(2, Priority.SERIES)

    with pytest.raises(BusyError, match="At most 2 requests may wait for the network, and 2 do"):
        ask(one.queued, 3)

    assert one.queued.waiting == 2
    assert one.serve() == [0, 1, 2]
    assert ask(one.queued, 3) == 3


def test_who_waits_too_long_is_told_and_leaves_no_ticket(line: Callable[..., Line]) -> None:
    one = line(patience=0.05)

    with pytest.raises(BusyError, match=r"waits at most 0\.05 seconds"):
        ask(one.queued, 1)

    assert one.queued.waiting == 0
    assert one.serve() == [0]


def test_who_is_interrupted_leaves_no_ticket_and_wakes_the_next(
    line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = line()
    wait = one.queued._changed.wait

    def interrupted(timeout: float | None = None) -> bool:
        monkeypatch.setattr(one.queued._changed, "wait", wait)
        raise KeyboardInterrupt

    monkeypatch.setattr(one.queued._changed, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ask(one.queued, 1)
    one.come(2)

    assert one.queued.waiting == 1
    assert one.serve() == [0, 2]


def test_an_engine_that_fails_lets_the_next_one_in(line: Callable[..., Line]) -> None:
    one = line()
    one.come(-1)
    one.come(2)

    assert one.serve() == [0, -1, 2]
    assert isinstance(one.calls[1].exception(), RuntimeError)
    assert one.calls[2].result() == 2
    assert one.queued.waiting == 0
