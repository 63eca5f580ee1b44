"""A bound on the memory that decoding takes, whoever asks for it and however many do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LARGE_PIXELS: Final = 4_000_000
"""Images and volumes with more pixels are decoded one at a time: 8192 x 8192 pixels take 400 MB on
the way, and a volume of as many voxels no less."""

# Reentrant: who holds it for longer than the decoding alone calls what takes it again.
_one_large = threading.RLock()


@contextmanager
def one_large_at_a_time(pixels: int) -> Iterator[None]:
    """Run the block while no other thread is in one for a large image; small ones pass.

    Args:
        pixels: pixels, or voxels, that are about to be decoded.
    """
    if pixels <= LARGE_PIXELS:
        yield
        return
    with _one_large:
        yield
