"""The run folder: the contract between a trainer process and whoever watches it.

    config.json    the settings, written once when the run starts; a resumed run keeps them
    status.json    a `RunStatus`, written aside and renamed over the old one: never half-written
    metrics.jsonl  one JSON object a line, visible at once. Two kinds, told apart by "kind":
                     {"kind":"step","step":7,"epoch":1,"time":1760000000.5,"loss":0.7}
                     {"kind":"epoch","step":40,"epoch":1,"time":1760000050.5,"val_loss":0.9}
                   "step" counts from the start of the run; "time" (Unix seconds) never goes
                   back. Values that are not finite are "NaN", "Infinity" and "-Infinity".
                   Of a step: loss, accuracy, learning_rate, images_per_second and, with a GPU,
                   gpu_use (0..1) and gpu_memory (bytes). Of an epoch: the means over it, val_…
                   and confusion (true class by row, predicted by column)
    validation.json  the last validation: epoch, confusion, mistakes (names) and, of the worst,
                   name, label, predicted, probability and picture, a PNG in mistakes/
    log.txt        what happened, for people, each entry with its time
    stop           its existence asks the trainer to stop; its content says who means what
    checkpoints/   the trainer's own
    tensorboard/   event files, if tensorboard is installed
    run.lock       locked by the operating system while a trainer owns the folder, so a killed one
                   leaves nothing to clean up; the file itself stays

One process writes (`RunWriter`), any number read (`RunReader`). Readers may come before the folder
exists, in the middle of a line, and after the trainer was killed.
"""

from brain_tumor.jobs.layout import request_stop
from brain_tumor.jobs.metrics_file import Record
from brain_tumor.jobs.run_reader import RunReader, list_runs, read_metrics, tail_log
from brain_tumor.jobs.run_writer import RunWriter
from brain_tumor.jobs.status import ENDED, Reason, RunState, RunStatus, is_disk_full, reason_of

__all__ = [
    "ENDED",
    "Reason",
    "Record",
    "RunReader",
    "RunState",
    "RunStatus",
    "RunWriter",
    "is_disk_full",
    "list_runs",
    "read_metrics",
    "reason_of",
    "request_stop",
    "tail_log",
]
