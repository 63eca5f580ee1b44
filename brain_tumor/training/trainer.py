"""One training run, from its configuration to its best weights."""

import errno
import json
import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from brain_tumor.errors import DatasetError, TrainingError
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.jobs.run_folder import Reason, RunState, RunWriter
from brain_tumor.model.network import Network, build_network
from brain_tumor.model.weights_file import load_parts, set_weights, tensors_of
from brain_tumor.training.augment import Strength
from brain_tumor.training.batches import EpochBatches
from brain_tumor.training.checkpoint import (
    Progress,
    load_checkpoint,
    read_progress,
    save_checkpoint,
    write_archive,
)
from brain_tumor.training.config import TrainConfig
from brain_tumor.training.data import RunData, balanced_weights, load_run_data
from brain_tumor.training.device import accelerators, distribute, jit_compile, use_precision
from brain_tumor.training.model import TrainingModel
from brain_tumor.training.optimizer import build_optimizer
from brain_tumor.training.validation import Validation, validate
from brain_tumor.training.watcher import NotANumberError, StepWatcher, StopFlag


@dataclass(frozen=True, slots=True)
class Stage:
    """Consecutive epochs with one optimizer: ``first`` to ``last``, the end excluded."""

    name: str
    first: int
    last: int
    learning_rate: float
    head_only: bool


def plan_stages(config: TrainConfig) -> list[Stage]:
    """Return one stage from scratch, two (dense layer, then everything) for ImageNet weights."""
    head = config.first_stage_epochs
    stages = [
        Stage("head", 0, head, config.head_learning_rate, head_only=True),
        Stage("all", head, config.epochs, config.learning_rate, head_only=False),
    ]
    return [stage for stage in stages if stage.last > stage.first]


def train(config: TrainConfig, *, resume: bool = False) -> RunState:
    """Train; everything a watcher needs goes to the run folder.

    Returns:
        ``FINISHED`` or ``STOPPED``. A failure is written to the status, then raised.
    """
    folder = Path(config.run_dir)
    latest = config.checkpoint("latest")
    if latest.exists() and not resume:
        raise TrainingError(
            f"A new run needs a folder of its own. {folder} holds a run already: "
            "add --resume to go on with it, or name another folder."
        )
    with RunWriter(folder, config=config.to_dict()) as writer:
        try:
            with catch_signals() as stop:
                return Trainer(config, writer, stop).run(resume)
        except Exception as error:
            reason, words = explain_failure(error)
            writer.write_status(
                replace(writer.status, state=RunState.FAILED, reason=reason, message=words)
            )
            writer.log(f"Failed: {words}")
            raise


@contextmanager
def catch_signals() -> Iterator[StopFlag]:
    """Turn SIGTERM and SIGINT into a request to stop at the next step."""
    flag = StopFlag()

    def handler(number: int, frame: Any) -> None:
        flag.raised = True

    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    previous = {s: signal.signal(s, handler) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield flag
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


def explain_failure(error: Exception) -> tuple[Reason, str]:
    """Return why a run failed, as a reason and in words with a remedy."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, NotANumberError):
        return Reason.NOT_A_NUMBER, str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Reason.DISK_FULL, "The disk is full. Free some space, then resume the run."
    marks = ("RESOURCE_EXHAUSTED", "ResourceExhausted", "out of memory", "OOM when")
    if isinstance(error, MemoryError) or any(mark in text for mark in marks):
        return Reason.OUT_OF_MEMORY, "Out of memory. Use a smaller batch or a smaller input."
    if isinstance(error, DatasetError):
        return Reason.DATA_UNREADABLE, str(error)
    return Reason.ERROR, text.splitlines()[0][:500]


class Trainer:
    """Holds what the stages of one run share."""

    def __init__(self, config: TrainConfig, writer: RunWriter, stop: StopFlag) -> None:
        self.config = config
        self.writer = writer
        self.stop = stop
        self.progress = Progress()
        keras.utils.set_random_seed(config.seed)
        self.precision = use_precision(config.precision)

    def run(self, resume: bool) -> RunState:
        """Train stage after stage; validate, checkpoint and keep the best after each epoch."""
        writer, config = self.writer, self.config
        data = load_run_data(config, writer.log)
        strength = Strength().scaled(config.augment) if config.augment else None
        batches = EpochBatches(data.training, config.batch_size, config.seed, strength)
        self._write_facts(data)
        latest = config.checkpoint("latest")
        resuming = resume and latest.exists()
        if resuming:
            self.progress = read_progress(latest)
            writer.truncate_after(self.progress.step)
            writer.log(f"Resuming after epoch {self.progress.epoch}, step {self.progress.step}.")
        with distribute():
            network = self._build(resuming)
            for stage in plan_stages(config):
                if self.progress.epoch >= stage.last:
                    continue
                model = self._compile(network, stage, batches, data)
                if resuming and self.progress.epoch >= stage.first and self.progress.step:
                    self._restore(latest, model, stage)
                    resuming = False
                if not self._run_stage(model, stage, batches, data, network.grid):
                    return self._end(RunState.STOPPED, "Stopped as asked; resume to go on.")
                if self._should_stop_early():
                    break
        return self._end(RunState.FINISHED, "Finished.")

    def _build(self, resuming: bool) -> Network:
        config = self.config
        network = build_network(
            config.backbone,
            config.side,
            dropout=config.dropout,
            imagenet=config.weights == "imagenet" and not resuming,
            active_blocks=config.active_blocks,
        )
        if config.weights not in ("imagenet", "none") and not resuming:
            path = Path(config.weights)
            paths = sorted(path.glob("*.npz")) if path.is_dir() else [path]
            set_weights(network.model, load_parts(paths), new_head=True)
        return network

    def _compile(
        self, network: Network, stage: Stage, batches: EpochBatches, data: RunData
    ) -> TrainingModel:
        network.features.trainable = not stage.head_only
        weights = balanced_weights(data.training.labels, self.config.class_weights)
        model = TrainingModel(network, self.config, weights)
        steps = (stage.last - stage.first) * batches.steps_per_epoch
        optimizer = build_optimizer(self.config, stage.learning_rate, steps, self.precision)
        model.compile(optimizer=optimizer, jit_compile=jit_compile())
        model.predict(batches[0][0], verbose=0)  # builds the variables that a checkpoint fills
        optimizer.build(model.trainable_variables)
        return model

    def _restore(self, latest: Path, model: TrainingModel, stage: Stage) -> None:
        if self.progress.epoch == stage.first and not self.progress.step_in_epoch and stage.first:
            # Between two stages: the optimizer on disk is the earlier stage's, the weights are
            # in the best file's place. Only the weights go on.
            tensors = load_parts([self.config.checkpoint("last-weights")])
            set_weights(model.network_model, tensors)
            return
        load_checkpoint(latest, model)

    def _run_stage(
        self,
        model: TrainingModel,
        stage: Stage,
        batches: EpochBatches,
        data: RunData,
        grid: CellGrid,
    ) -> bool:
        """Return whether the stage came to its end (false: somebody asked to stop)."""
        total = self.config.epochs * batches.steps_per_epoch
        averaging = keras.callbacks.SwapEMAWeights() if self.config.ema_momentum else None
        for epoch in range(self.progress.epoch, stage.last):
            batches.set_epoch(epoch, skip=self.progress.step_in_epoch)
            self._announce(epoch, stage, batches, total)
            watcher = StepWatcher(
                self.writer,
                batches,
                self.progress,
                total_steps=total,
                log_every=self.config.log_every,
                stop=self.stop,
                learning_rate=lambda: float(model.optimizer.learning_rate),
            )
            model.fit(
                batches, epochs=epoch + 1, initial_epoch=epoch, verbose=0, callbacks=[watcher]
            )
            self.progress = watcher.progress
            if watcher.stopped:
                save_checkpoint(self.config.checkpoint("latest"), model, self.progress)
                return False
            self.progress = replace(self.progress, epoch=epoch + 1, step_in_epoch=0)
            self._validate(model, averaging, data, grid)
            save_checkpoint(self.config.checkpoint("latest"), model, self.progress)
            if self._should_stop_early():
                return True
        if stage.head_only:
            tensors = tensors_of(model.network_model)
            write_archive(self.config.checkpoint("last-weights"), tensors)
        return True

    def _validate(
        self, model: TrainingModel, averaging: Any, data: RunData, grid: CellGrid
    ) -> None:
        """Judge the averaged weights on validation, and keep them if they are the best so far."""
        if averaging is not None:
            averaging.set_model(model)
            averaging.on_test_begin()
        try:
            result = validate(model, data.validation, grid, self.config.batch_size)
            best = self.progress.best_score
            if best is None or result.score > best:
                epoch, score = self.progress.epoch, result.score
                self.progress = replace(self.progress, best_epoch=epoch, best_score=score)
                tensors = tensors_of(model.network_model)
                write_archive(self.config.checkpoint("best"), tensors)
        finally:
            if averaging is not None:
                averaging.on_test_end()
        self._report(result)

    def _report(self, result: Validation) -> None:
        if not math.isfinite(result.loss):
            raise NotANumberError(
                "The validation loss is not a number. Resume from the last checkpoint with a lower "
                "learning rate, or train in float32."
            )
        progress = self.progress
        values = {
            "val_accuracy": result.accuracy,
            "val_loss": result.loss,
            "val_pointing": result.pointing,
            "val_inside": result.inside,
            "val_score": result.score,
        }
        known = {name: value for name, value in values.items() if value is not None}
        self.writer.log_epoch(progress.epoch, step=progress.step, **known)
        self.writer.log(
            f"Epoch {progress.epoch}: "
            + ", ".join(f"{name} {value:.4f}" for name, value in known.items())
        )
        self.writer.write_status(
            replace(
                self.writer.status,
                epoch=progress.epoch,
                step=progress.step,
                best_epoch=progress.best_epoch,
                best_score=progress.best_score,
            )
        )
        details = {
            "epoch": progress.epoch,
            "confusion": result.confusion,
            "mistakes": result.mistakes,
        }
        path = Path(self.config.run_dir) / "validation.json"
        path.write_text(json.dumps(details, indent=1), encoding="utf-8")

    def _should_stop_early(self) -> bool:
        best, patience = self.progress.best_epoch, self.config.patience
        return bool(patience and best is not None and self.progress.epoch - best >= patience)

    def _announce(self, epoch: int, stage: Stage, batches: EpochBatches, total: int) -> None:
        self.writer.log(f"Epoch {epoch + 1} of {self.config.epochs} ({stage.name}).")
        self.writer.write_status(
            replace(
                self.writer.status,
                state=RunState.RUNNING,
                epoch=epoch,
                epochs=self.config.epochs,
                step=self.progress.step,
                steps_per_epoch=batches.steps_per_epoch,
                total_steps=total,
            )
        )

    def _write_facts(self, data: RunData) -> None:
        devices = accelerators() or ["cpu"]
        self.writer.log(
            f"Keras {keras.version()} on {keras.backend.backend()}, {', '.join(devices)}, "
            f"{self.precision}."
        )
        facts = {
            "data_hash": data.data_hash,
            "training_images": len(data.training),
            "validation_images": list(data.validation.names),
            "keras": keras.version(),
            "backend": keras.backend.backend(),
            "devices": devices,
            "precision": self.precision,
        }
        path = Path(self.config.run_dir) / "facts.json"
        path.write_text(json.dumps(facts, indent=1), encoding="utf-8")

    def _end(self, state: RunState, words: str) -> RunState:
        self.writer.log(words)
        self.writer.write_status(
            replace(self.writer.status, state=state, message=words, seconds_left=None)
        )
        return state
