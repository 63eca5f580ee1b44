"""Runs side by side: the settings that differ, and what each reached at its best epoch."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.run_folder import RunReader

RESULTS: Final = ("val_accuracy", "val_loss", "val_pointing", "val_inside", "val_score")
_PLACES: Final = ("data", "run_dir", "validation_list")


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One run.

    Attributes:
        name: the run folder's name.
        settings: the settings in which the compared runs differ.
        epoch: the best epoch or the one asked for, counted from 1.
        results: its metrics on the validation images; ``RESULTS`` that the run has.
        weights_hash: SHA-256 of its best weights (of another epoch, maybe, where one was named),
            empty where they are gone or nobody asked for it.
        data_hash: the hash of the images it learned from and was validated on; empty if unknown.
        validation_images: how many it was validated on; 0 if unknown.
    """

    name: str
    settings: dict[str, Any]
    epoch: int
    results: dict[str, float]
    weights_hash: str
    data_hash: str
    validation_images: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs, best first, and the settings that they share."""

    runs: tuple[ComparedRun, ...]
    shared: dict[str, Any]
    command: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready mapping."""
        return asdict(self)


def compare_runs(
    folders: Sequence[Path],
    command: str = "",
    epoch: int | None = None,
    *,
    hashes: bool = True,
) -> Comparison:
    """Read run folders and set their best epochs side by side, or the same ``epoch`` of each.

    Args:
        folders: of the runs.
        command: what asks for it, to be kept with the result.
        epoch: counted from 1; None is each run's best.
        hashes: whether to hash the weights, a fraction of a second for each run.

    Raises:
        RunFolderError: fewer than two runs, or one of them has finished no epoch.
    """
    if len(folders) < 2:
        raise RunFolderError(f"A comparison needs two runs or more. Received: {len(folders)}.")
    configs = [_settings(RunReader(folder).config()) for folder in folders]
    names = sorted({name for config in configs for name in config})
    differing = [n for n in names if len({json.dumps(c.get(n)) for c in configs}) > 1]
    shared = {name: configs[0].get(name) for name in names if name not in differing}
    runs = [
        _run(folder, {name: config.get(name) for name in differing}, epoch, hashes)
        for folder, config in zip(folders, configs, strict=True)
    ]
    runs.sort(key=lambda run: -run.results["val_score"])
    return Comparison(tuple(runs), shared, command)


def comparison_table(record: dict[str, Any]) -> str:
    """Return a comparison (``Comparison.to_dict``) as a Markdown table, and where it comes from."""
    runs = record["runs"]
    settings = list(runs[0]["settings"])
    results = [name for name in RESULTS if any(name in run["results"] for run in runs)]
    header = [*settings, "epoch", *(name.removeprefix("val_") for name in results)]
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |"]
    for run in runs:
        values = [run["results"].get(name) for name in results]
        cells = [
            *(str(run["settings"][name]) for name in settings),
            str(run["epoch"]),
            *("–" if value is None else f"{value:.4f}" for value in values),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    hashes = ", ".join(f"`{run['weights_hash'][:12]}`" for run in runs)
    images = ", ".join(sorted({str(run["validation_images"]) for run in runs}))
    lines += [
        "",
        f"On {images} validation images; weights {hashes}; data `{runs[0]['data_hash'][:12]}`; "
        f"`{record['command']}`.",
    ]
    return "\n".join(lines)


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings without the places of files, which say nothing of a run."""
    kept = {name: value for name, value in config.items() if name not in _PLACES}
    if str(kept.get("weights", "")).endswith(".npz"):
        kept["weights"] = Path(kept["weights"]).name
    return kept


def _run(folder: Path, settings: dict[str, Any], epoch: int | None, hashes: bool) -> ComparedRun:
    records = RunReader(folder).metrics()
    epochs = [r for r in records if r["kind"] == "epoch" and "val_score" in r]
    if epoch is not None:
        epochs = [record for record in epochs if record["epoch"] == epoch]
    if not epochs:
        raise RunFolderError(
            f"Only runs that have finished {'an epoch' if epoch is None else f'epoch {epoch}'} can "
            f"be compared. Received: {folder}. Wait for its validation."
        )
    best = max(epochs, key=lambda record: record["val_score"])
    data_hash, images = _data(folder)
    return ComparedRun(
        name=folder.name,
        settings=settings,
        epoch=int(best["epoch"]),
        results={name: float(best[name]) for name in RESULTS if name in best},
        weights_hash=_weights_hash(folder) if hashes else "",
        data_hash=data_hash,
        validation_images=images,
    )


def _data(folder: Path) -> tuple[str, int]:
    """Return the hash of a run's images and how many it is validated on; "" and 0 if unknown."""
    try:
        facts = layout.read_json(folder / layout.FACTS)
        return str(facts["data_hash"]), len(facts["validation_images"])
    except (RunFolderError, KeyError, TypeError):
        return "", 0


def _weights_hash(folder: Path) -> str:
    """Return the SHA-256 of a run's best weights; "" where they are gone."""
    try:
        with (folder / layout.CHECKPOINTS / "best.npz").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
