"""One forward pass at a time, in a fair order, with a bounded number of callers waiting.

A network keeps every core busy by itself, so callers gain nothing by running it side by side: they
would each get slower, and no order would say who is served. Sessions of an app share one engine
through ``QueuedEngine``; the command line has one caller and needs none.
"""

import threading
from bisect import insort
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from time import monotonic
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import BusyError
from brain_tumor.model.engine import Engine, RawOutput

MAX_WAITING: Final = 64
"""Callers that may wait. A session waits for one forward pass at a time, so these are people: a
class and its teacher twice over, each with at most a batch of inputs (5 MB)."""

PATIENCE: Final = 30.0
"""Seconds after which a caller is told that the network is busy."""

RUSH: Final = 0.6
"""Two answers asked for within so many seconds are a rush: others' scans are just being decoded,
and what is less urgent does not take the cores from them."""


class Priority(IntEnum):
    """What a forward pass is for. The number is how many later callers it may let go first.

    A small number is served sooner; that it is finite keeps every caller from starving.
    """

    ANSWER = 0
    """Someone looks at the page and waits for this."""

    STABILITY = 20
    """It adds to an answer that is already shown."""

    SERIES = 40
    """One of many: slices of a volume, files of a batch."""


_priority: ContextVar[Priority] = ContextVar("priority", default=Priority.ANSWER)


@contextmanager
def at_priority(priority: Priority) -> Iterator[None]:
    """Let what runs inside ask a ``QueuedEngine`` at this priority; without it, at ``ANSWER``.

    It says nothing to an engine that has no queue, so callers need not know which one they have.
    """
    token = _priority.set(priority)
    try:
        yield
    finally:
        _priority.reset(token)


class _Ticket(NamedTuple):
    place: int  # the caller's number, put back by its priority
    number: int  # decides between equal places: first come, first served


class QueuedEngine:
    """An engine whose callers take turns.

    The order is that of arrival, each caller put back by its ``Priority`` (in scheduling: earliest
    deadline first, Liu & Layland 1973, with arrivals for a clock).

    Args:
        engine: what runs the network.
        max_waiting: callers that may wait, besides the one that is served.
        patience: seconds that a caller waits at most.
    """

    def __init__(
        self, engine: Engine, max_waiting: int = MAX_WAITING, patience: float = PATIENCE
    ) -> None:
        self.name = engine.name
        self._engine = engine
        self._max_waiting = max_waiting
        self._patience = patience
        self._changed = threading.Condition()
        self._numbers = 0
        self._last_answers: deque[float] = deque(maxlen=2)
        self._waiting: list[_Ticket] = []  # sorted: the first is next
        self._serving = False

    @property
    def waiting(self) -> int:
        """How many callers wait now."""
        return len(self._waiting)

    def infer(self, inputs: NDArray[np.float32]) -> RawOutput:
        """Run float32 (N, side, side, 3) in -1..1 through the network when it is this call's turn.

        Raises:
            BusyError: too many wait already, or the turn has not come within ``patience``.
        """
        self._wait_for_turn()
        try:
            return self._engine.infer(inputs)
        finally:
            with self._changed:
                self._serving = False
                self._changed.notify_all()

    def wait_out_rush(self, at_most: float = 2.0) -> None:
        """Return when answers stop coming in quick succession, or ``at_most`` seconds later.

        For who has an answer and goes on to draw it: others still wait for theirs.
        """
        until = monotonic() + at_most
        with self._changed:
            while self._is_rush() and monotonic() < until:
                self._changed.wait(RUSH / 4)

    def _wait_for_turn(self) -> None:
        with self._changed:
            ticket = self._take_ticket()
            until = monotonic() + self._patience
            try:
                while not self._is_next(ticket):
                    left = until - monotonic()
                    if left <= 0:
                        raise BusyError(
                            f"A request waits at most {self._patience:g} seconds for the network, "
                            f"and this one's turn has not come; {self.waiting - 1} more wait. "
                            "Nothing is lost: try again in a moment."
                        )
                    # Nobody tells of the end of a rush: what waits for it looks now and then.
                    self._changed.wait(left if self._is_urgent(ticket) else min(left, RUSH / 4))
                self._serving = True
            finally:
                self._waiting.remove(ticket)
                if not self._serving:  # given up, so the next one may have been woken in vain
                    self._changed.notify_all()

    def _take_ticket(self) -> _Ticket:
        if len(self._waiting) >= self._max_waiting:
            raise BusyError(
                f"At most {self._max_waiting} requests may wait for the network, and "
                f"{self.waiting} do. Nothing is lost: try again in a moment."
            )
        priority = _priority.get()
        ticket = _Ticket(self._numbers + priority, self._numbers)
        self._numbers += 1
        if priority is Priority.ANSWER:
            self._last_answers.append(monotonic())
        insort(self._waiting, ticket)
        return ticket

    def _is_next(self, ticket: _Ticket) -> bool:
        if self._serving or self._waiting[0] != ticket:
            return False
        return self._is_urgent(ticket) or not self._is_rush()

    def _is_urgent(self, ticket: _Ticket) -> bool:
        return ticket.place <= self._numbers  # an answer, or as many came later as it lets go first

    def _is_rush(self) -> bool:
        last = self._last_answers
        return len(last) == last.maxlen and monotonic() - last[0] < RUSH
