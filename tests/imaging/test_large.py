"""What is large is decoded by one thread at a time, from whichever format it comes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from brain_tumor.imaging import large
from brain_tumor.imaging.decode import decode
from brain_tumor.imaging.large import one_large_at_a_time
from brain_tumor.intake.intake import read_uploads
from tests.intake.files import make_dicom, make_nifti
from tests.ui.conftest import png

SIDE = 40
WAIT = 20.0


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPoolExecutor]:
    """Threads for which more than 40 x 40 pixels are large."""
    monkeypatch.setattr(large, "LARGE_PIXELS", SIDE * SIDE)
    with ThreadPoolExecutor(4) as threads:
        yield threads


def grey(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, shape, np.uint8)


def read(data: bytes) -> None:
    assert read_uploads([("file", data)]).studies


@pytest.mark.parametrize(
    ("read_it", "make"),
    [
        (decode, lambda n: png(grey(SIDE, n * SIDE))),
        (read, lambda n: make_dicom(grey(SIDE, n * SIDE).astype(np.uint16))),
        (read, lambda n: make_nifti(grey(1, SIDE, n * SIDE))),
    ],
    ids=["image", "dicom", "nifti"],
)
def test_waits_for_another_large_one_and_a_small_one_does_not(
    pool: ThreadPoolExecutor,
    read_it: Callable[[bytes], object],
    make: Callable[[int], bytes],
) -> None:
    with one_large_at_a_time(SIDE * SIDE + 1):
        pool.submit(read_it, make(1)).result(WAIT)
        waiting = pool.submit(read_it, make(2))
        with pytest.raises(TimeoutError):
            waiting.result(0.1)
    waiting.result(WAIT)


def test_who_holds_it_may_decode() -> None:
    with one_large_at_a_time(large.LARGE_PIXELS + 1):
        assert decode(png(grey(2100, 2000))).width == 2000


def test_a_failure_lets_the_next_one_in(pool: ThreadPoolExecutor) -> None:
    data = png(grey(SIDE, 2 * SIDE))
    with pytest.raises(ValueError), one_large_at_a_time(SIDE * SIDE + 1):
        raise ValueError
    pool.submit(decode, data).result(WAIT)
