"""One training run, from its configuration to its best weights."""

import math
import traceback
from dataclasses import replace
from pathlib import Path

import keras

from brain_tumor.errors import BrainTumorError, DatasetError
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.jobs.layout import CONFIG, FACTS, read_json
from brain_tumor.jobs.run_folder import Reason, RunState, RunWriter
from brain_tumor.model.network import Network
from brain_tumor.model.weights_file import tensors_of
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
from brain_tumor.training.device import distribute, jit_compile, use_precision
from brain_tumor.training.failures import NotANumberError, RunFailedError, explain_failure
from brain_tumor.training.model import TrainingModel
from brain_tumor.training.observer import Observer
from brain_tumor.training.optimizer import averaged_weights, build_optimizer
from brain_tumor.training.reporter import Reporter
from brain_tumor.training.stages import Stage, patience_is_over, plan_stages
from brain_tumor.training.start import build_start
from brain_tumor.training.validation import validate
from brain_tumor.training.watcher import StepWatcher, StopFlag, catch_signals


def train(
    config: TrainConfig, *, resume: bool = False, observer: Observer | None = None
) -> RunState:
    """Train; everything a watcher needs goes to the run folder.

    Args:
        config: the settings; of a resumed run, those of ``TrainConfig.of_run``.
        resume: go on from the folder's last checkpoint, or start anew where there is none yet.
        observer: told how the run goes on.

    Returns:
        ``FINISHED`` or ``STOPPED``.

    Raises:
        TrainingError: the folder holds a run already and ``resume`` is false.
        RunFolderError: another process is training in the folder.
        RunFailedError: the run failed; its status says so too, and the last checkpoint stays.
    """
    if not resume:
        config.refuse_used_folder()
    try:
        with RunWriter(Path(config.run_dir)) as writer, catch_signals() as stop:
            reporter = Reporter(writer, observer or Observer())
            try:
                return Trainer(config, reporter, stop).run(resume)
            except Exception as error:
                raise _report_failure(reporter, error) from error
    except OSError as error:  # the folder itself cannot be written
        raise explain_failure(error) from error


def _report_failure(reporter: Reporter, error: Exception) -> RunFailedError:
    failure = explain_failure(error)
    if failure.reason is Reason.ERROR and not isinstance(error, BrainTumorError):
        reporter.writer.log("".join(traceback.format_exception(error)))
    reporter.writer.log(f"Failed: {failure}")
    reporter.status(state=RunState.FAILED, reason=failure.reason, message=str(failure))
    return failure


class Trainer:
    """Holds what the stages of one run share."""

    def __init__(self, config: TrainConfig, reporter: Reporter, stop: StopFlag) -> None:
        self.config = config
        self.reporter = reporter
        self.stop = stop
        self.progress = Progress()
        self._means: dict[str, float] = {}
        self._end = "Finished."
        keras.utils.set_random_seed(config.seed)
        self.precision = use_precision(config.precision)

    def run(self, resume: bool) -> RunState:
        """Train stage after stage; validate, checkpoint and keep the best after each epoch."""
        config = self.config
        resuming = self._open_run(resume)
        data = load_run_data(config, self.reporter.say)
        self._check_data(data)
        self.reporter.facts(data, self.precision)
        strength = Strength().scaled(config.augment) if config.augment else None
        batches = EpochBatches(data.training, config.batch_size, config.seed, strength)
        with distribute():
            network = build_start(config, resuming=resuming)
            for stage in plan_stages(config):
                if self.progress.epoch >= stage.last or self._patience_is_over(stage):
                    continue
                model = self._compile(network, stage, batches, data)
                if resuming:
                    same = self.progress.stage == stage.name
                    load_checkpoint(config.checkpoint("latest"), model, with_optimizer=same)
                    resuming = False
                if not self._run_stage(model, stage, batches, data, network.grid):
                    words = "Stopped as asked; resume to go on."
                    return self.reporter.end(RunState.STOPPED, words)
        return self.reporter.end(RunState.FINISHED, self._end)

    def _open_run(self, resume: bool) -> bool:
        """Bring the folder to where the run begins; return whether a checkpoint is to be loaded."""
        writer, latest = self.reporter.writer, self.config.checkpoint("latest")
        if not resume or not (writer.folder / CONFIG).exists():
            # What a run left that ended before its first checkpoint would be taken for this one's.
            (writer.folder / FACTS).unlink(missing_ok=True)
            writer.write_config(self.config.to_dict())
        resuming = resume and latest.exists()
        if resuming:
            self.progress = read_progress(latest)
            self.reporter.say(
                f"Resuming after {self.progress.epoch} epochs, {self.progress.step} steps."
            )
        writer.truncate_after(self.progress.step)
        return resuming

    def _check_data(self, data: RunData) -> None:
        """Refuse to go on with other images: neither order nor measure would be the run's own."""
        facts = self.reporter.writer.folder / FACTS
        if facts.exists() and read_json(facts).get("data_hash") != data.data_hash:
            raise DatasetError(
                "A run goes on with the images that it began with. Received: "
                f"{self.config.data}, which has others now. Restore them, or start a new run from "
                f"the best weights so far: --weights {self.config.checkpoint('best')}"
            )

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

    def _run_stage(
        self,
        model: TrainingModel,
        stage: Stage,
        batches: EpochBatches,
        data: RunData,
        grid: CellGrid,
    ) -> bool:
        """Return whether the stage came to its end (false: somebody asked to stop)."""
        latest = self.config.checkpoint("latest")
        self.progress = replace(self.progress, stage=stage.name)
        self._end = "Finished."
        for epoch in range(self.progress.epoch, stage.last):
            if not self._run_epoch(model, stage, batches, epoch):
                save_checkpoint(latest, model, self.progress)
                return False
            self.progress = replace(self.progress, epoch=epoch + 1, step_in_epoch=0)
            self._validate(model, data, grid)
            save_checkpoint(latest, model, self.progress)
            if self._patience_is_over(stage):
                words = f"no better epoch for {self.config.patience} epochs"
                self.reporter.say(f"The stage ends: {words}.")
                self._end = f"Finished before the last epoch: {words}."
                break
        return True

    def _run_epoch(
        self, model: TrainingModel, stage: Stage, batches: EpochBatches, epoch: int
    ) -> bool:
        """Return whether the epoch came to its end."""
        total = self.config.epochs * batches.steps_per_epoch
        batches.set_epoch(epoch, skip=self.progress.step_in_epoch)
        self.reporter.say(f"Epoch {epoch + 1} of {self.config.epochs} ({stage.name}).")
        self.reporter.status(
            state=RunState.RUNNING,
            epoch=epoch,
            epochs=self.config.epochs,
            step=self.progress.step,
            steps_per_epoch=batches.steps_per_epoch,
            total_steps=total,
        )
        watcher = StepWatcher(
            self.reporter,
            batches,
            self.progress,
            total_steps=total,
            log_every=self.config.log_every,
            stop=self.stop,
        )
        model.fit(
            batches,
            epochs=epoch + 1,
            initial_epoch=epoch,
            shuffle=False,  # Keras would reorder the batches, and a resumed run in another way
            verbose=0,
            callbacks=[watcher],
        )
        self.progress = watcher.progress
        self._means = watcher.means
        return not watcher.stopped

    def _validate(self, model: TrainingModel, data: RunData, grid: CellGrid) -> None:
        """Judge the averaged weights on validation, and keep them if they are the best so far."""
        with averaged_weights(model.optimizer):
            result, worst = validate(model, data.validation, grid, self.config.batch_size)
            if not math.isfinite(result.loss):
                raise NotANumberError(
                    "The validation loss is not a number. Start a new run with a lower learning "
                    "rate, or in float32."
                )
            best = self.progress.best_score
            if best is None or result.score > best:
                epoch, score = self.progress.epoch, result.score
                self.progress = replace(self.progress, best_epoch=epoch, best_score=score)
                write_archive(self.config.checkpoint("best"), tensors_of(model.network_model))
        self.reporter.validation(self.progress, result, worst, self._means)

    def _patience_is_over(self, stage: Stage) -> bool:
        progress = self.progress
        return patience_is_over(stage, progress.epoch, progress.best_epoch, self.config.patience)
