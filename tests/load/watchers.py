"""Many viewers of one run: how far each is behind the trainer, and what that costs the server.

``python -m tests.load.watchers --viewers 30 --points 10000`` measures it and prints JSON.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from brain_tumor.jobs.run_folder import RunReader
from tests.app_server import Server, running_server
from tests.load.live_run import live_run
from tests.load.rounds import spread
from tests.load.visitor import Page, Visitor

RUN = "watched"
A_SECOND = 10.0
"""Points that the run writes in a second."""


@dataclass
class Watched:
    """What was measured, of all viewers together; times in seconds, memory in megabytes."""

    behind: list[float] = field(default_factory=list)
    """Age of the newest point on a page, when the page had it and just before the next one came."""
    looks: list[float] = field(default_factory=list)
    """From asking for what is new to having it."""
    cores: float = 0.0
    """Processor seconds of the server in each second."""
    memory: list[float] = field(default_factory=list)
    """Before the viewers came, with all of them, at the end."""

    def summary(self) -> dict[str, object]:
        """Median, 95th percentile and worst; processor and memory."""
        return {
            "behind_the_trainer": spread(self.behind),
            "a_look": spread(self.looks),
            "server_cores": round(self.cores, 2),
            "memory_mb": [round(value) for value in self.memory],
        }


async def watch(server: Server, run: Path, viewers: int, seconds: float) -> Watched:
    """Let ``viewers`` watch a run that goes on, as their browsers would, for so many seconds."""
    found = Watched()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * viewers))
    found.memory.append(server.memory())
    async with contextlib.AsyncExitStack() as stack:
        tabs = []
        for _ in range(viewers):
            tab = await stack.enter_async_context(Visitor(server.address, "training"))
            await tab.press(f"show-{run.name}")
            tabs.append(tab)
        found.memory.append(server.memory())
        before, begun = server.cpu_seconds(), time.monotonic()
        reader = RunReader(run)
        await asyncio.gather(*(_view(tab, reader, found, begun + seconds) for tab in tabs))
        found.cores = (server.cpu_seconds() - before) / (time.monotonic() - begun)
        found.memory.append(server.memory())
    return found


async def _view(tab: Visitor, reader: RunReader, found: Watched, until: float) -> None:
    """Look again and again, as often as the page tells the browser to."""
    opened = time.monotonic()
    due = {fragment: opened + interval for fragment, interval in tab.page.clocks.items()}
    before = None
    while time.monotonic() < until:
        fragment = min(due, key=lambda one: due[one])
        await asyncio.sleep(max(0.0, due[fragment] - time.monotonic()))
        begun = time.monotonic()
        await tab.rerun(fragment)
        due[fragment] = begun + tab.page.clocks[fragment]
        newest = newest_step(tab.page)
        if newest == before:
            continue  # the fragment that shows no charts
        found.looks.append(time.monotonic() - begun)
        times = {record["step"]: record["time"] for record in reader.metrics()[-2000:]}
        found.behind.append(time.time() - times[newest])
        if before is not None:  # what was on the page until this look brought something newer
            found.behind.append(time.time() - times[before])
        before = newest


def newest_step(page: Page) -> int:
    """The newest step in the first chart of the page."""
    chart = next(iter(page.elements("vega_lite_chart")))
    table: Any = pa.ipc.open_stream(io.BytesIO(chart.data.data)).read_all()
    return int(max(table.column("step").to_pylist()))


def main() -> None:
    """Start a server and a run, let the viewers in, print what was measured as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.watchers", description=__doc__)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        with (
            live_run(runs / RUN, given.points, A_SECOND),
            running_server(Path(folder) / "log.txt", BRAIN_TUMOR_RUNS=str(runs)) as server,
        ):
            found = asyncio.run(watch(server, runs / RUN, given.viewers, given.seconds))
            log = server.log.read_text()
    assert "Traceback" not in log, log
    print(json.dumps({**vars(given), "cores": os.cpu_count(), **found.summary()}, indent=1))


if __name__ == "__main__":
    main()
