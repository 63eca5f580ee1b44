"""Runs a trainer's side in a real process that tests can hold, kill and wait for."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys
from dataclasses import replace
from pathlib import Path
from brain_tumor.jobs.run_folder import RunState, RunWriter
with RunWriter(Path(sys.argv[1]), config={}, tensorboard=False) as writer:
    writer.write_status(replace(writer.status, state=RunState.RUNNING, step=3, total_steps=9))
    writer.log_step(3, 1, loss=0.5)
    print("ready", flush=True)
    sys.stdin.readline()
"""

EAT = f"{HOLD}    eaten = [bytearray(2**20) for _ in range(1024)]\n"
"""Takes a gigabyte once it is told to go on."""

STAND_IN = """
import subprocess, sys, time
from dataclasses import replace
from pathlib import Path
from brain_tumor.jobs.run_folder import RunState, RunWriter
assert sys.argv[1] == "train" and sys.argv[2] == "--run-dir"
folder = Path(sys.argv[3])
with RunWriter(folder, tensorboard=False) as writer:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (folder / "child").write_text(str(child.pid))
    print("a word on standard output", flush=True)
    writer.write_status(replace(writer.status, state=RunState.RUNNING, total_steps=9))
    writer.log_step(writer.status.step + 1, 1, loss=0.5)
    while not writer.stop_requested() and not (folder / "finish").exists():
        time.sleep(0.01)
    child.kill()
    state = RunState.STOPPED if writer.stop_requested() else RunState.FINISHED
    writer.write_status(replace(writer.status, state=state, message="Done."))
"""
"""A trainer without Keras: it has a child of its own, runs until it is asked to stop, or until a
file named ``finish`` appears in its folder."""

STAND_IN_PROGRAM = (sys.executable, "-c", STAND_IN)


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> float:
    """Wait for a condition, at most so long; return how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited too long"
        time.sleep(0.005)
    return time.monotonic() - start


@contextmanager
def python(code: str, *args: object) -> Iterator[subprocess.Popen[str]]:
    """Start a process that runs `code`; kill and reap it at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def trainer(folder: Path, code: str = HOLD) -> Iterator[subprocess.Popen[str]]:
    """Hold a run folder in another process, which says RUNNING at step 3."""
    with python(code, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
