"""The callback between Keras' loop and the run folder: metrics and stop requests."""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import keras

from brain_tumor.jobs.devices import GpuGauge
from brain_tumor.jobs.run_folder import RunState
from brain_tumor.training.batches import EpochBatches
from brain_tumor.training.checkpoint import Progress
from brain_tumor.training.failures import NotANumberError
from brain_tumor.training.reporter import Reporter

LOG_SECONDS: Final = 1.0
"""Steps that take longer are logged one by one, whatever ``log_every`` says: people look on."""


@dataclass(slots=True)
class StopFlag:
    """Set by a signal handler; looked at between steps."""

    raised: bool = False


@contextmanager
def catch_signals() -> Iterator[StopFlag]:
    """Turn SIGTERM and SIGINT into a request to stop at the next step; a second SIGINT is none."""
    flag = StopFlag()

    def handler(number: int, frame: Any) -> None:
        if flag.raised and number == signal.SIGINT:
            raise KeyboardInterrupt
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


class StepWatcher(keras.callbacks.Callback):
    """Logs windows of steps, keeps ``progress`` current and stops the loop when asked.

    Keras hands over means since the epoch began, which ``means`` keeps (since this process took
    the epoch up, if that was later); the mean of a window is their difference.
    """

    def __init__(
        self,
        reporter: Reporter,
        batches: EpochBatches,
        progress: Progress,
        *,
        total_steps: int,
        log_every: int,
        stop: StopFlag,
    ) -> None:
        super().__init__()
        self.reporter = reporter
        self.batches = batches
        self.progress = progress
        self.total_steps = total_steps
        self.log_every = log_every
        self.stop = stop
        self.stopped = False
        self.means: dict[str, float] = {}
        self._gauge = GpuGauge()
        self._seen = 0
        self._sums: dict[str, float] = {}
        self._window: dict[str, float] = {}
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
        stopping = self.stop.raised or self.reporter.writer.stop_requested()
        last = done == len(self.batches)
        late = time.monotonic() - self._clock >= LOG_SECONDS
        if done - self._seen >= self.log_every or late or last or stopping or done == 1:
            self._log_window(done, logs or {})
        self.reporter.observer.step(self.progress, self.total_steps, self._window)
        if stopping and not last:
            self.stopped = True
            self.model.stop_training = True
            self.reporter.status(state=RunState.STOPPING, message="Stopping.")

    def _log_window(self, done: int, logs: dict[str, Any]) -> None:
        self.means = {name: float(value) for name, value in logs.items()}
        sums = {name: mean * done for name, mean in self.means.items()}
        count = done - self._seen
        values = {k: (total - self._sums.get(k, 0.0)) / count for k, total in sums.items()}
        now = time.monotonic()
        rate = count * self.batches.batch_size / max(now - self._clock, 1e-9)
        self._seen, self._sums, self._clock = done, sums, now
        # On JAX the optimizer's step count is current only when reached through ``self.model``.
        learning_rate = float(self.model.optimizer.learning_rate)
        self._window = {
            **values,
            "learning_rate": learning_rate,
            "images_per_second": rate,
            **self._gauge.read(),
        }
        step, writer = self.progress.step, self.reporter.writer
        writer.log_step(step, self.progress.epoch, **self._window)
        self.reporter.status(
            state=RunState.RUNNING,
            step=step,
            total_steps=self.total_steps,
            seconds_left=writer.seconds_left(step, self.total_steps),
        )
        if not math.isfinite(values.get("loss", 0.0)):
            raise NotANumberError(
                f"The loss became {values['loss']} at step {step}. Start a new run, from the best "
                "weights so far if there are any, with a lower learning rate or in float32."
            )
