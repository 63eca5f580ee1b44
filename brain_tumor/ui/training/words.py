"""What the training page says: states, durations, settings; no widgets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from brain_tumor.jobs.run_folder import RunState, RunStatus


@dataclass(frozen=True, slots=True)
class StateLook:
    """How a state is shown: a word, an icon and a colour, any of which tells it."""

    word: str
    icon: str
    colour: str


STATES: Final[dict[RunState, StateLook]] = {
    RunState.QUEUED: StateLook("Waiting", ":material/hourglass_empty:", "gray"),
    RunState.STARTING: StateLook("Starting", ":material/rocket_launch:", "blue"),
    RunState.RUNNING: StateLook("Running", ":material/play_arrow:", "blue"),
    RunState.STOPPING: StateLook("Stopping", ":material/pause:", "orange"),
    RunState.STOPPED: StateLook("Stopped", ":material/stop:", "orange"),
    RunState.FINISHED: StateLook("Finished", ":material/check:", "green"),
    RunState.FAILED: StateLook("Failed", ":material/error:", "red"),
    RunState.LOST: StateLook("Lost", ":material/help:", "red"),
}


def duration(seconds: float) -> str:
    """Return a duration for people, in its two largest units: "2 h 5 min", "40 s"."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


_OWN_LINE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
"""How a line of ``RunWriter.log`` begins."""

_STARTS: Final = {
    "shipped": "from the shipped classifier",
    "imagenet": "from ImageNet weights",
    "none": "from scratch",
}


def run_words(settings: Mapping[str, Any]) -> str:
    """Return what a run trains, of its settings: network, start, input, epochs, data."""
    weights = settings.get("weights", "")
    parts = [
        f"{settings.get('backbone', 'A network')} {_STARTS.get(weights, f'from {weights}')}",
        f"{settings.get('side', '?')} pixels",
        f"{settings.get('epochs', '?')} epochs, batches of {settings.get('batch_size', '?')}",
        f"data: {PurePath(str(settings.get('data', ''))).name or 'unknown'}",
    ]
    return " · ".join(parts)


def own_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines of a log that are the program's own: frameworks print much beside it."""
    return [line for line in lines if _OWN_LINE.match(line)]


def share_done(status: RunStatus) -> float:
    """Return the share of a run that is done, 0..1; one that has finished early is done too."""
    return 1.0 if status.state is RunState.FINISHED else status.progress


def progress_words(status: RunStatus) -> str:
    """Return how far a run is, for its progress bar."""
    if not status.total_steps:
        return "Preparing the data"
    words = f"Step {status.step:,} of {status.total_steps:,}"
    if status.epochs:
        epoch = min(status.epoch + (0 if status.ended else 1), status.epochs)
        words = f"Epoch {epoch} of {status.epochs} · {words}"
    if status.seconds_left is not None and not status.ended:
        words += f" · {duration(status.seconds_left)} left"
    return words


def epoch_progress(status: RunStatus) -> tuple[float, str]:
    """Return the share of the present epoch that is done, 0..1, and it in words."""
    if not status.steps_per_epoch:
        return 0.0, "Epoch"
    done = status.step - status.epoch * status.steps_per_epoch
    done = min(max(done, 0), status.steps_per_epoch)
    return done / status.steps_per_epoch, f"{done} of {status.steps_per_epoch} steps of this epoch"
