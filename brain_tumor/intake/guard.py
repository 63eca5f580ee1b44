"""Turn what the readers raise on bad files into this package's errors, and keep them silent."""

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from brain_tumor.errors import BrainTumorError, DecodeError

UNREADABLE: Final[tuple[type[Exception], ...]] = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    EOFError,
    RuntimeError,
    Warning,
    struct.error,
    zlib.error,
)
"""What readers of files were seen, or are documented, to raise on damaged ones."""

_READERS: Final = ("pydicom", "nibabel", "imagecodecs")


@contextmanager
def read_errors(kind: str, error_type: type[DecodeError]) -> Iterator[None]:
    """Raise ``error_type`` for what a reader raises on a bad file.

    The reader's own words, and so the chained exception, are left out on purpose: pydicom quotes
    values, and nothing of an uploaded file may reach a log. Its warnings go the same way.
    """
    silence()
    try:
        yield
    except BrainTumorError:
        raise
    except MemoryError:
        raise error_type(
            f"Reading this {kind} needs more memory than there is. "
            "Send fewer or smaller slices, or try again when less is running."
        ) from None
    except Exception as error:
        # Some of the readers' own errors have no base class but Exception.
        if (
            not isinstance(error, UNREADABLE)
            and type(error).__module__.split(".")[0] not in _READERS
        ):
            raise
        reason = "ends too early" if isinstance(error, EOFError) else "is damaged"
        raise error_type(
            f"This {kind} {reason}, or uses a variant that is not read here "
            f"({type(error).__name__}). Export it again, or export the slice as 8-bit PNG."
        ) from None


def silence() -> None:
    """Keep the readers' logs and warnings, which quote values of the files, out of any output.

    Filters for good and not ``warnings.catch_warnings``: that is not safe between threads, and
    sessions are threads.
    """
    for name in _READERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        # The level counts for the loggers below too, and spares the making of the message.
        logger.setLevel(logging.CRITICAL + 1)
    # The third reaches what these libraries pin on their caller by ``stacklevel``.
    for module in (r"pydicom(\..*)?$", r"nibabel(\..*)?$", r"brain_tumor\.intake(\..*)?$"):
        warnings.filterwarnings("ignore", module=module)
