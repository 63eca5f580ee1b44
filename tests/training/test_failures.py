import errno

import pytest

from brain_tumor.errors import DatasetError, WeightsError
from brain_tumor.jobs.run_folder import Reason
from brain_tumor.training.failures import NotANumberError, explain_failure


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        (NotANumberError("The loss became nan"), Reason.NOT_A_NUMBER, "The loss became nan"),
        (OSError(errno.ENOSPC, "No space"), Reason.DISK_FULL, "Free some space"),
        (OSError(errno.EDQUOT, "Quota"), Reason.DISK_FULL, "Free some space"),
        (MemoryError(), Reason.OUT_OF_MEMORY, "smaller batch"),
        (ResourceExhaustedError("OOM when allocating"), Reason.OUT_OF_MEMORY, "smaller batch"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of me"), Reason.OUT_OF_MEMORY, "smaller batch"),
        (RuntimeError("CUDA out of memory."), Reason.OUT_OF_MEMORY, "smaller batch"),
        (DatasetError("Every class needs"), Reason.DATA_UNREADABLE, "Every class needs"),
        (WeightsError("The rule."), Reason.ERROR, "The rule."),
        (ZeroDivisionError("by zero\nsecond line"), Reason.ERROR, "ZeroDivisionError: by zero"),
        (OSError(errno.EIO, "Input/output error"), Reason.ERROR, "Input/output"),
    ],
)
def test_each_failure_has_a_reason_and_words(error: Exception, reason: Reason, words: str) -> None:
    failure = explain_failure(error)
    assert failure.reason is reason
    assert words in str(failure)
    assert "\n" not in str(failure)
