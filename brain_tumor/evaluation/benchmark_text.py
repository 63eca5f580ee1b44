"""A benchmark's report: the record that is written, and the table that shows it."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from brain_tumor import __version__
from brain_tumor.evaluation.benchmark import Costs, Plan

START: Final = "<!-- benchmark:start -->"
END: Final = "<!-- benchmark:end -->"

_PACKAGES: Final = ("numpy", "opencv-python-headless", "openvino", "pillow", "keras", "tensorflow")

Record = dict[str, Any]


def origin(weights_hash: str, command: str) -> Record:
    """Return where a report comes from; call it before the measuring adds to the machine's load."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "weights_hash": weights_hash,
        "machine": _machine(),
        "versions": _versions(),
    }


def record(costs: Costs, plan: Plan, images: Sequence[Path], origin: Mapping[str, Any]) -> Record:
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


def _versions() -> dict[str, str]:
    """Versions of what the ways are made of; packages not installed are left out."""
    found = {"python": platform.python_version(), "brain-tumor-mri": __version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _machine() -> Record:
    """The processor, the cores this process may use, and how busy they have been."""
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


def table(report: Record) -> str:
    """Return a report (see ``record``) as Markdown: what ``benchmark`` prints and the README shows.

    The tutorial's column is left out where it was not measured.
    """
    ways = [report["ours"], *([report["tutorial"]] if report["tutorial"] else [])]
    rows = [
        ["", "this project", "tutorial"][: 1 + len(ways)],
        ["a scan's class and heat map", *(_seconds(way["seconds"]) for way in ways)],
        ["process start to first answer", *(_seconds(way["cold_start"]) for way in ways)],
        [
            f"peak memory after {ways[0]['answered']} scans",
            *(f"{way['peak_bytes'] / 1e6:,.0f} MB" for way in ways),
        ],
        ["imports TensorFlow", *("yes" if way["tensorflow"] else "no" for way in ways)],
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in (rows[0], rule, *rows[1:])
    ]
    return "\n".join([*lines, "", *_facts(report)])


def _facts(report: Record) -> list[str]:
    machine = report["machine"]
    facts = [f"- Many files in one go, classes alone: {report['scans_per_second']:.1f} scans/s."]
    if report["tutorial"]:
        low, high = min(report["round_ratios"]), max(report["round_ratios"])
        facts.insert(
            0,
            f"- The tutorial's way (`model.predict`, then Grad-CAM by `tf.GradientTape`) takes "
            f"**{report['ratio']:.1f} times** as long, {low:.1f} to {high:.1f} times in the "
            f"{len(report['round_ratios'])} rounds.",
        )
    facts.append(
        f"- Medians, in brackets the quartiles; {machine['cores']} cores of {machine['cpu']}, "
        f"weights `{report['weights_hash'][:12]}`, {report['date'][:10]}."
    )
    return facts


def _seconds(spread: Record) -> str:
    return f"{spread['median']:.3f} s ({spread['low']:.3f}–{spread['high']:.3f})"
