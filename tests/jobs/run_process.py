"""Runs a trainer's side in a real process that tests can hold, kill and wait for."""

import subprocess
import sys
from collections.abc import Iterator
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
def trainer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold a run folder in another process, which says RUNNING at step 3."""
    with python(HOLD, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
