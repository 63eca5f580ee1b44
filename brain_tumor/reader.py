"""Files into what the classifier reads, a few ahead of it, so that no engine waits for a disk."""

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from brain_tumor.errors import DecodeError
from brain_tumor.imaging.decode import announced_pixels, decode_file
from brain_tumor.imaging.large import one_large_at_a_time
from brain_tumor.pipeline import BATCH, Prepared, prepare

MAX_WORKERS: Final = 4
"""Decoding threads: two keep an int8 network on two cores busy, more only help a GPU."""

_AHEAD: Final = 2 * BATCH  # prepared scans that may wait, 50 kB each


def read_prepared(
    paths: Sequence[Path], side: int, workers: int | None = None
) -> Generator[Prepared | DecodeError, None, None]:
    """Decode, crop and standardise files in threads; yield in the order of ``paths``.

    A file that cannot be read yields its ``DecodeError``. No pixels of a scan wait here: each is
    reduced to its square in the thread that decoded it, and its crop comes without the mask.

    Args:
        paths: the files.
        side: height and width of the squares in pixels.
        workers: threads; by default one a core, ``MAX_WORKERS`` at most.
    """
    count = workers or min(os.cpu_count() or 1, MAX_WORKERS)
    waiting: deque[Future[Prepared | DecodeError]] = deque()
    pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="read")
    try:
        for path in paths:
            waiting.append(pool.submit(_read, path, side))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # the reader may stop early: do not decode what nobody will look at
        pool.shutdown(cancel_futures=True)


def _read(path: Path, side: int) -> Prepared | DecodeError:
    try:
        # Held until only the square is left; decoding by itself lets go while the pixels are there.
        with one_large_at_a_time(_announced_pixels(path)):
            prepared = prepare(decode_file(path), side)
    except DecodeError as error:
        return error
    except OSError as error:  # a path that the system refuses even to look at
        return DecodeError(
            f"The image file must be readable. Received: {path} ({error.strerror}). "
            "Check the path and its permissions."
        )
    return prepared.without_mask()


def _announced_pixels(path: Path) -> int:
    try:
        # is_file first: opening a named pipe would wait for its writer.
        return announced_pixels(path) if path.is_file() else 0
    except DecodeError:  # decoding it will say why
        return 0
