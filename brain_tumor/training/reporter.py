"""What a run tells: to its folder, and to whoever looks on in the same process."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from brain_tumor.jobs.layout import FACTS, MISTAKES, VALIDATION, folder_errors, write_json
from brain_tumor.jobs.run_folder import RunState, RunWriter
from brain_tumor.model.devices import accelerators
from brain_tumor.training.checkpoint import Progress
from brain_tumor.training.data import RunData
from brain_tumor.training.mistakes import Mistake
from brain_tumor.training.observer import Observer
from brain_tumor.training.validation import Validation


class Reporter:
    """Writes the run folder's files, and repeats what it logs to the observer."""

    def __init__(self, writer: RunWriter, observer: Observer) -> None:
        self.writer = writer
        self.observer = observer

    def say(self, text: str) -> None:
        """Append to the log."""
        self.writer.log(text)
        self.observer.say(text)

    def status(self, **changes: Any) -> None:
        """Write the status with some of its fields changed."""
        self.writer.write_status(replace(self.writer.status, **changes))

    def facts(self, data: RunData, precision: str) -> None:
        """Write what the run found: its data, its devices."""
        devices = accelerators() or ["cpu"]
        self.say(
            f"Keras {keras.version()} on {keras.backend.backend()}, {', '.join(devices)}, "
            f"{precision}."
        )
        facts = {
            "data_hash": data.data_hash,
            "training_images": len(data.training),
            "validation_images": list(data.validation.names),
            "keras": keras.version(),
            "backend": keras.backend.backend(),
            "devices": devices,
            "precision": precision,
        }
        self._write(FACTS, facts)

    def validation(
        self,
        progress: Progress,
        result: Validation,
        worst: Sequence[Mistake] = (),
        means: Mapping[str, float] | None = None,
    ) -> None:
        """Log the numbers of an epoch, and write which images were mistaken.

        Args:
            progress: where the run is.
            result: of the validation.
            worst: the worst mistakes, with their pictures.
            means: of the training images over the epoch, by name.
        """
        values = {
            "val_accuracy": result.accuracy,
            "val_loss": result.loss,
            "val_pointing": result.pointing,
            "val_inside": result.inside,
            "val_score": result.score,
        }
        known = {name: value for name, value in values.items() if value is not None}
        self.writer.log_epoch(
            progress.epoch, step=progress.step, **(means or {}), **known, confusion=result.confusion
        )
        words = ", ".join(f"{name} {value:.4f}" for name, value in known.items())
        self.say(f"Epoch {progress.epoch}: {words}")
        self.status(
            epoch=progress.epoch,
            step=progress.step,
            best_epoch=progress.best_epoch,
            best_score=progress.best_score,
        )
        details = {
            "epoch": progress.epoch,
            "confusion": result.confusion,
            "mistakes": result.mistakes,
            "worst": self._draw(progress.epoch, worst),
        }
        self._write(VALIDATION, details)
        self._clear(progress.epoch)

    def _draw(self, epoch: int, worst: Sequence[Mistake]) -> list[dict[str, Any]]:
        """Write the pictures of the worst mistakes, and return their records."""
        folder = self.writer.folder / MISTAKES
        records = []
        with folder_errors(self.writer.folder):
            folder.mkdir(exist_ok=True)
            for number, mistake in enumerate(worst, 1):
                path = folder / f"epoch-{epoch}-{number}.png"
                path.write_bytes(mistake.png)
                records.append({**mistake.record(), "picture": f"{MISTAKES}/{path.name}"})
        return records

    def _clear(self, epoch: int) -> None:
        """Delete the pictures of other epochs, which nothing refers to any more."""
        for path in (self.writer.folder / MISTAKES).glob("*.png"):
            if not path.name.startswith(f"epoch-{epoch}-"):
                path.unlink(missing_ok=True)

    def end(self, state: RunState, words: str) -> RunState:
        """Say how the run ended."""
        self.say(words)
        self.status(state=state, message=words, seconds_left=None)
        return state

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        with folder_errors(self.writer.folder):
            write_json(self.writer.folder / name, values)
