"""The callback between Keras' loop and the run folder: metrics, checkpoints, stop requests."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras

from brain_tumor.jobs.run_folder import RunState, RunWriter
from brain_tumor.training.batches import EpochBatches
from brain_tumor.training.checkpoint import Progress


class NotANumberError(ArithmeticError):
    """The loss is no longer a number."""


@dataclass(slots=True)
class StopFlag:
    """Set by a signal handler; looked at between steps."""

    raised: bool = False


class StepWatcher(keras.callbacks.Callback):
    """Logs windows of steps, keeps ``progress`` current and stops the loop when asked.

    Keras hands over means since the epoch began; the mean of a window is their difference.
    """

    def __init__(
        self,
        writer: RunWriter,
        batches: EpochBatches,
        progress: Progress,
        *,
        total_steps: int,
        log_every: int,
        stop: StopFlag,
        learning_rate: Callable[[], float],
    ) -> None:
        super().__init__()
        self.writer = writer
        self.batches = batches
        self.progress = progress
        self.total_steps = total_steps
        self.log_every = log_every
        self.stop = stop
        self.learning_rate = learning_rate
        self.stopped = False
        self._seen = 0
        self._sums: dict[str, float] = {}
        self._clock = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the window anew: Keras' means start anew with each epoch."""
        self._seen, self._sums = 0, {}
        self._clock = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the step; log a window; stop the loop if somebody asked."""
        done = batch + 1
        self.progress = replace(
            self.progress,
            step=self.progress.step + 1,
            step_in_epoch=self.batches.skip + done,
        )
        stopping = self.stop.raised or self.writer.stop_requested()
        last = done == len(self.batches)
        if done - self._seen >= self.log_every or last or stopping or done == 1:
            self._log_window(done, logs or {})
        if stopping and not last:
            self.stopped = True
            self.model.stop_training = True
            self.writer.write_status(
                replace(self.writer.status, state=RunState.STOPPING, message="Stopping.")
            )

    def _log_window(self, done: int, logs: dict[str, Any]) -> None:
        sums = {name: float(value) * done for name, value in logs.items()}
        count = done - self._seen
        values = {k: (total - self._sums.get(k, 0.0)) / count for k, total in sums.items()}
        now = time.monotonic()
        rate = count * self.batches.batch_size / max(now - self._clock, 1e-9)
        self._seen, self._sums, self._clock = done, sums, now
        step = self.progress.step
        self.writer.log_step(
            step,
            self.progress.epoch,
            **values,
            learning_rate=self.learning_rate(),
            images_per_second=rate,
        )
        self.writer.write_status(
            replace(
                self.writer.status,
                state=RunState.RUNNING,
                step=step,
                total_steps=self.total_steps,
                seconds_left=self.writer.seconds_left(step, self.total_steps),
            )
        )
        if not math.isfinite(values.get("loss", 0.0)):
            raise NotANumberError(
                f"The loss became {values['loss']} at step {step}. Resume from the last "
                "checkpoint with a lower learning rate, or train in float32."
            )
