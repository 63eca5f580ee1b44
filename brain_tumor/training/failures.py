"""Why a run failed, in the words of its status."""

from brain_tumor.errors import BrainTumorError, DatasetError, TrainingError
from brain_tumor.jobs.run_folder import Reason, is_disk_full

_MEMORY_MARKS = ("RESOURCE_EXHAUSTED", "ResourceExhausted", "out of memory", "OOM when")


class NotANumberError(ArithmeticError):
    """The loss is no longer a number."""


class RunFailedError(TrainingError):
    """A run that had begun has failed; its status and its log say why."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason = reason


def explain_failure(error: Exception) -> RunFailedError:
    """Return why a run failed, as a reason and in words with a remedy."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, NotANumberError):
        return RunFailedError(Reason.NOT_A_NUMBER, str(error))
    if is_disk_full(error):
        words = "The disk is full. Free some space, then resume the run."
        return RunFailedError(Reason.DISK_FULL, words)
    if isinstance(error, MemoryError) or any(mark in text for mark in _MEMORY_MARKS):
        words = "Out of memory. Use a smaller batch or a smaller input in a new run."
        return RunFailedError(Reason.OUT_OF_MEMORY, words)
    if isinstance(error, DatasetError):
        return RunFailedError(Reason.DATA_UNREADABLE, str(error))
    if isinstance(error, BrainTumorError):
        return RunFailedError(Reason.ERROR, str(error))
    return RunFailedError(Reason.ERROR, text.splitlines()[0][:500])
