"""A benchmark's report, as a record and as a table."""

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from brain_tumor import __version__
from brain_tumor.evaluation.benchmark import Costs, Plan, Spread, WayCost

_PACKAGES: Final = (
    "numpy",
    "opencv-python-headless",
    "openvino",
    "pillow",
    "keras",
    "tensorflow",
)
_MEGABYTE: Final = 1e6


def record(
    costs: Costs, plan: Plan, images: Sequence[Path], origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the report as a JSON-ready mapping: seconds, bytes, scans a second."""
    return {
        **origin,
        "plan": asdict(plan),
        "images": [image.name for image in images],
        "ours": asdict(costs.ours),
        "tutorial": None if costs.tutorial is None else asdict(costs.tutorial),
        "ratio": costs.ratio,
        "round_ratios": list(costs.round_ratios),
        "scans_per_second": costs.throughput,
    }


def origin(weights_hash: str, command: str) -> dict[str, Any]:
    """Return where a report comes from; call it before the measuring adds to the machine's load."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "weights_hash": weights_hash,
        "machine": _machine(),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    """Return the versions of what the ways are made of; packages not installed are left out."""
    found = {"python": platform.python_version(), "brain-tumor-mri": __version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _machine() -> dict[str, Any]:
    """Return the processor, the cores this process may use, and how busy they have been."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {"cpu": _cpu(), "cores": cores, "system": platform.system(), "load": load}


def _cpu() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(costs: Costs) -> str:
    """Return the measurements as lines of text."""
    ours, theirs = costs.ours, costs.tutorial
    rows = [
        ("", "this project", "tutorial"),
        ("one scan (median)", *_both(ours, theirs, lambda way: _seconds(way.seconds))),
        ("cold start (median)", *_both(ours, theirs, lambda way: _seconds(way.cold_start))),
        (
            f"peak, {ours.answered} scans on",
            *_both(ours, theirs, lambda way: f"{way.peak_bytes / _MEGABYTE:.0f} MB"),
        ),
        (
            "TensorFlow imported",
            *_both(ours, theirs, lambda way: "yes" if way.tensorflow else "no"),
        ),
        ("many files", f"{costs.throughput:.1f} scans/s", ""),
    ]
    lines = ["".join((f"{name:24}", f"{left:34}", right)).rstrip() for name, left, right in rows]
    if costs.ratio is not None:
        low, high = min(costs.round_ratios), max(costs.round_ratios)
        lines.append(
            f"The tutorial takes {costs.ratio:.1f} times as long "
            f"({low:.1f} to {high:.1f} in the {len(costs.round_ratios)} rounds)."
        )
    return "\n".join(lines)


def _both(ours: WayCost, theirs: WayCost | None, text: Callable[[WayCost], str]) -> tuple[str, str]:
    return text(ours), "not measured" if theirs is None else text(theirs)


def _seconds(spread: Spread) -> str:
    return f"{spread.median:.3f} s (quartiles {spread.low:.3f}–{spread.high:.3f})"
