"""A run that goes on for as long as its process lives, without a network: points come, no more.

``python -m tests.load.live_run FOLDER POINTS A_SECOND`` writes so many points at once and then so
many a second, until its standard input ends.
"""

import math
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from brain_tumor.jobs.run_folder import RunState, RunWriter
from brain_tumor.training.config import TrainConfig
from tests.conftest import ROOT

PER_EPOCH = 200
TOTAL = 50_000
_READY = "ready"


@contextmanager
def live_run(folder: Path, points: int, a_second: float) -> Iterator[None]:
    """Have a run go on in a process of its own."""
    command = [sys.executable, "-m", "tests.load.live_run", str(folder), str(points), str(a_second)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            assert process.stdout.readline().strip() == _READY
            yield
        finally:
            process.stdin.close()


def write(folder: Path, points: int, a_second: float, over: threading.Event) -> None:
    """Write the run until ``over`` is set."""
    config = TrainConfig(data="/data/set", run_dir=str(folder), epochs=TOTAL // PER_EPOCH)
    with RunWriter(folder, config=config.to_dict(), tensorboard=False) as writer:
        known = {"epochs": config.epochs, "steps_per_epoch": PER_EPOCH, "total_steps": TOTAL}
        writer.write_status(replace(writer.status, state=RunState.RUNNING, **known))
        for step in range(1, points + 1):
            _log(writer, step)
        step, begun, told = points, time.monotonic(), 0.0
        print(_READY, flush=True)
        while not over.wait(max(0.0, begun + (step - points + 1) / a_second - time.monotonic())):
            step += 1
            _log(writer, step)
            if time.monotonic() > told + 1:
                told = time.monotonic()
                writer.write_status(replace(writer.status, epoch=step // PER_EPOCH, step=step))


def _log(writer: RunWriter, step: int) -> None:
    wave, learned = math.sin(step / 7), math.exp(-step / 4000)
    writer.log_step(
        step,
        step // PER_EPOCH,
        loss=2 * learned + 0.2 * (1 + wave),
        accuracy=1 - 0.7 * learned,
        learning_rate=1e-4 * (1 - step / TOTAL),
        images_per_second=1000 + 50 * wave,
        gpu_use=0.9,
        gpu_memory=40 * 2**30,
    )
    if step % PER_EPOCH == 0:
        scores = {"val_loss": 2 * learned, "val_accuracy": 1 - 0.7 * learned, "val_pointing": 0.8}
        writer.log_epoch(step // PER_EPOCH, step=step, val_score=1.0, **scores)


def main() -> None:
    """Write the run that the command line asks for."""
    over = threading.Event()
    wait = threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True)
    wait.start()
    write(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), over)


if __name__ == "__main__":
    main()
