"""How long a run will take, before it is started.

Best known from runs that this machine has done: their own images a second. Where there is none,
from how fast it multiplies matrices, measured in a fraction of a second, and how many operations
the network takes. That is a rough guide; a run's own `seconds_left` soon says better.
"""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.run_reader import RunReader

GIGA_MULTIPLICATIONS: Final = {
    "ResNet152V2": 10.905,
    "ResNet101V2": 7.192,
    "ResNet50V2": 3.480,
    "VGG16": 15.347,
    "InceptionV3": 2.836,
    "Xception": 4.551,
    "DenseNet121": 2.833,
    "MobileNetV2": 0.299,
    "EfficientNetV2B0": 0.717,
}
"""Multiplications of a forward pass at 224 x 224, in 1e9, counted over the convolutions of
``keras.applications``."""

CPU_SHARE: Final = 0.5
"""Share of the speed of matrix products that training reaches on a CPU: TensorFlow 2.21 took 0.65 s
an image with ResNet152V2 at 224 x 224 on two cores that multiply matrices at 2e11 operations a
second."""

_OPERATIONS: Final = 6  # a multiplication is two; forward, and twice as much backward
_SIZE: Final = 512
_MEASURE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a run would take: in seconds, and what that rests on, a sentence."""

    seconds: float
    basis: str


def estimate_cpu_run(
    images: int, epochs: int, backbone: str, side: int, runs: Iterable[Path] = ()
) -> Estimate:
    """Estimate a run on this machine's CPU.

    Args:
        images: to learn from.
        epochs: passes over them.
        backbone: the network, one of ``BACKBONES``.
        side: of its input in pixels.
        runs: run folders of this machine, of any kind.

    Raises:
        ValueError: the backbone is unknown, or a count is under 1.
    """
    if backbone not in GIGA_MULTIPLICATIONS or min(images, epochs, side) < 1:
        raise ValueError(
            f"An estimate needs a known network and counts of 1 or more. Received: {backbone}, "
            f"{images} images, {epochs} epochs, side {side}."
        )
    speeds = [s for run in runs if (s := _cpu_speed(run, backbone, side)) is not None]
    if speeds:
        rate = statistics.median(speeds)
        basis = f"From {len(speeds)} earlier run(s) on this machine: {rate:.2g} images a second."
    else:
        rate = CPU_SHARE * matrix_speed() / training_operations(backbone, side)
        basis = (
            f"From how fast this processor multiplies matrices: about {rate:.2g} images a second. "
            "The first minutes of the run will say better."
        )
    return Estimate(images * epochs / rate, basis)


def training_operations(backbone: str, side: int) -> float:
    """Return the floating-point operations of a training step for one image."""
    return _OPERATIONS * GIGA_MULTIPLICATIONS[backbone] * 1e9 * (side / 224) ** 2


def matrix_speed() -> float:
    """Measure how many float32 operations a second this machine does in matrix products.

    The fastest of them counts: the others waited for whatever else the machine is doing.
    """
    a = np.ones((_SIZE, _SIZE), np.float32)
    best = np.inf
    end = time.perf_counter() + _MEASURE_SECONDS
    while (start := time.perf_counter()) < end:
        a @ a
        best = min(best, time.perf_counter() - start)
    return float(2 * _SIZE**3 / best)


def _cpu_speed(run: Path, backbone: str, side: int) -> float | None:
    """Return the images a second that a run would have reached at this size; None if unlike."""
    try:
        config = RunReader(run).config()
        facts = layout.read_json(run / layout.FACTS)
    except RunFolderError:
        return None
    alike = config.get("backbone") == backbone and not config.get("active_blocks")
    if not alike or facts.get("devices") != ["cpu"]:
        return None
    # The first step compiles the network, and the last window of an epoch may be a short one.
    steps = [r for r in RunReader(run).metrics() if r["kind"] == "step" and r["step"] > 1]
    rates = [float(r["images_per_second"]) for r in steps if "images_per_second" in r]
    if not rates:
        return None
    return statistics.median(rates) * (int(config["side"]) / side) ** 2
