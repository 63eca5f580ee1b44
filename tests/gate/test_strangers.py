"""The pictures that the gate is fitted with: the same from the same seed, and real pictures."""

from pathlib import Path

import numpy as np
import pytest

from brain_tumor.gate.strangers import scans
from brain_tumor.gate.strangers.families import (
    DRAWN,
    folder_files,
    packaged,
    read,
)
from tests.data.pictures import pattern, write
from tests.fakes import head

FUNCTIONS = [
    pytest.param(function, id=f"{function.__module__.rpartition('.')[2]}.{function.__name__}")
    for functions in DRAWN.values()
    for function in functions
]


@pytest.mark.parametrize("draw", FUNCTIONS)
def test_a_drawing_is_a_grey_picture_that_its_seed_decides(draw) -> None:
    if draw.__module__.endswith("charts"):
        pytest.importorskip("matplotlib")
    one, again, other = (draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert one.dtype == np.uint8 and one.ndim == 2 and min(one.shape) >= 32
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


WAYS = (scans.variant, scans.without_skull, scans.coarse)


@pytest.mark.parametrize("change", [*dict.fromkeys(scans.STRANGE), *WAYS])
def test_a_changed_scan_is_another_picture_that_its_seed_decides(change) -> None:
    scan = head(1, 120, seed=3)
    one, again = (change(np.random.default_rng(4), scan) for _ in range(2))
    assert one.dtype == np.uint8 and one.ndim == 2 and min(one.shape) >= 32
    assert np.array_equal(one, again)
    assert not np.array_equal(one, scan)


def test_scrambling_keeps_the_greys() -> None:
    scan = head(2, 240, seed=1)
    rng = np.random.default_rng(0)
    scrambled = scans.scrambled(rng, scan)
    assert scrambled.mean() == pytest.approx(scan.mean(), rel=0.1)


def test_photographs_are_read_whole_and_cut_other_pictures_whole_alone(tmp_path: Path) -> None:
    for name in ("photographs-x/a.png", "logos/b.png"):
        (tmp_path / name).parent.mkdir()
        write(tmp_path / name, pattern(1, 90, 140))
    (tmp_path / "logos" / "broken.png").write_bytes(b"no picture")
    (tmp_path / "loose.png").write_bytes(b"of no family")
    found = list(read(folder_files(tmp_path), seed=0))
    assert [one.family for one in found] == ["logos", *["photographs-x"] * 3]
    assert {one.source for one in found[1:]} == {"photographs-x/a.png"}
    assert found[1].scan.pixels.shape == (90, 140)
    assert found[2].scan.pixels.shape == (90, 90)


def test_the_pictures_that_packages_ship_are_there() -> None:
    pytest.importorskip("skimage")
    pytest.importorskip("sklearn")
    files = [path for _, path in packaged()]
    assert len(files) == 25
    assert all(path.is_file() for path in files)


def test_without_its_skull_a_head_keeps_its_middle_alone() -> None:
    scan = head(3, 200)
    stripped = scans.without_skull(np.random.default_rng(0), scan)
    assert stripped[100, 100] == scan[100, 100] > 0
    assert 0.2 < (stripped > 0).sum() / (scan > 0).sum() < 0.9
    assert not stripped[24, 100]  # just inside the disc's edge
