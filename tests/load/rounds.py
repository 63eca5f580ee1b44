"""Many visitors at once, round after round: how long each waits, and whether they stay apart."""

import asyncio
import contextlib
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from brain_tumor import CLASSES
from brain_tumor.pipeline import Classifier
from brain_tumor.wording import CLASS_NAMES
from tests.app_server import Server
from tests.load import diagnose_page as diagnose
from tests.load.scans import Case, is_own, make_case
from tests.load.visitor import Page, VisitError, Visitor

OPACITIES = (35.0, 90.0)
TOLERANCE = 5e-4


@dataclass
class Record:
    """What was measured; times in seconds, memory in megabytes."""

    answers: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        """Median, 95th percentile and worst of each wait, memory by round, and the errors."""
        return {
            "to_the_answer": spread(self.answers),
            "to_the_whole_page": spread(self.pages),
            "to_a_change": spread(self.changes),
            "memory_mb": [round(value) for value in self.memory],
            "server_cpu_s": [round(value, 2) for value in self.cpu],
            "errors": self.errors,
        }


def spread(times: Sequence[float]) -> dict[str, float]:
    """Return how many, median, 95th percentile and worst."""
    if not times:
        return {}
    shown = {
        "median": statistics.median(times),
        "p95": float(np.percentile(times, 95)),
        "worst": max(times),
    }
    return {"count": len(times), **{name: round(value, 3) for name, value in shown.items()}}


async def visit(server: Server, classifier: Classifier, visitors: int, rounds: int) -> Record:
    """Let ``visitors`` upload and change things ``rounds`` times, all at once each time.

    The memory is that at idle, with every visitor's empty page open, then after every round.
    """
    record = Record()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * visitors))
    record.memory.append(server.memory())
    async with contextlib.AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(Visitor(server.address)) for _ in range(visitors)]
        record.memory.append(server.memory())
        for turn in range(rounds):
            cases = [make_case(classifier, number, turn) for number in range(visitors)]
            before = server.cpu_seconds()
            await asyncio.gather(*map(_one_visit, tabs, cases, [record] * visitors))
            record.cpu.append(server.cpu_seconds() - before)
            record.memory.append(server.memory())
            record.errors += _mixed(tabs)
    return record


async def _one_visit(tab: Visitor, case: Case, record: Record) -> None:
    """Upload, read the answer, look at each class, change the opacity."""
    clock = asyncio.get_running_loop().time
    try:
        begun = clock()
        seen = await tab.upload(
            diagnose.UPLOADER, case.name, case.data, lambda page: _is_answered(page, case)
        )
        record.pages.append(clock() - begun)
        if seen is None:
            raise VisitError(f"no answer for {case.name}: {diagnose.problems(tab.page)}")
        record.answers.append(seen - begun)
        _check(tab.page, case)
        for option, label in enumerate(CLASSES):
            await _change(record, tab.choose(diagnose.HEAT_CLASS, option))
            if CLASS_NAMES[label] not in diagnose.heat_map(tab.page)[0]:
                raise VisitError(f"the heat map is not that of {label}")
        for opacity in OPACITIES:
            before = diagnose.heat_map(tab.page)
            await _change(record, tab.slide(diagnose.OPACITY, opacity))
            if diagnose.heat_map(tab.page) == before:
                raise VisitError(f"the heat map did not change with an opacity of {opacity:g}")
        _check(tab.page, case)
    except (VisitError, OSError, ValueError, KeyError) as error:
        record.errors.append(f"{case.name}: {type(error).__name__}: {error}")


def _is_answered(page: Page, case: Case) -> bool:
    named = diagnose.named_class(page, fresh=True)
    return named is not None and case.name in diagnose.file_names(page)


async def _change(record: Record, change: object) -> None:
    clock = asyncio.get_running_loop().time
    begun = clock()
    await change  # type: ignore[misc]
    record.changes.append(clock() - begun)


def _check(page: Page, case: Case) -> None:
    """Raise unless the page shows this case's name and answer, no other's, and no error."""
    if problems := diagnose.problems(page):
        raise VisitError(f"the page says {problems}")
    others = {name for name in diagnose.file_names(page) if not is_own(name, case)}
    if others:
        raise VisitError(f"the page names other people's files: {sorted(others)}")
    if (label := diagnose.named_class(page)) != case.answer.label:
        raise VisitError(f"the page says {label}, not {case.answer.label}")
    off = np.abs(diagnose.probabilities(page) - case.answer.probabilities).max()
    if off > TOLERANCE:
        raise VisitError(f"the page's probabilities are off by {off:.4f}")


def _mixed(tabs: Sequence[Visitor]) -> list[str]:
    """Say which visitors were shown the same picture: no two scans are alike."""
    shown = [diagnose.own_pictures(tab.page) for tab in tabs]
    return [
        f"visitors {i} and {j} were shown the same picture"
        for i in range(len(shown))
        for j in range(i)
        if shown[i] & shown[j]
    ]
